import { spawn } from "node:child_process";

/** Asks the system to show an address. Where it has no way to, nothing happens: the address is printed as well. */
export function openBrowser(url: string): void {
  const [program, ...args] = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] }[process.platform as string] ?? ["xdg-open"];
  const child = spawn(program!, [...args, url], { stdio: "ignore", detached: true, windowsHide: true });
  child.on("error", () => undefined);
  child.unref();
}
