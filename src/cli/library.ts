import { spawn } from "node:child_process";
import { once } from "node:events";
import { libraryProgram } from "../runtime/library-program.ts";

/** Sent to this process alone, and meant for the program. */
const passedOn = ["SIGTERM", "SIGHUP"] as const;

/** Runs a program of the library in this terminal, and returns its exit code. */
export async function runLibrary(room: string, file: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [libraryProgram(room, file), ...args], { stdio: "inherit" });
  const leave = (): void => undefined; // the terminal sends Ctrl-C to both; the program decides what it means
  process.on("SIGINT", leave);
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of passedOn) process.on(signal, pass);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return code ?? 1;
  } finally {
    process.off("SIGINT", leave);
    for (const signal of passedOn) process.off(signal, pass);
  }
}
