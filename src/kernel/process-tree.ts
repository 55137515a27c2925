/**
 * All processes a kernel has started. A process group holds most of them; one that made a group or session of its own, even one whose
 * parent is gone, still carries the marker that its environment inherited, which /proc shows on Linux.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/** The processes that carry the marker, however far they descend from the first; none elsewhere than on Linux. */
export function marked(marker: string): number[] {
  if (process.platform !== "linux") return [];
  const needle = `CAIRN_KERNEL=${marker}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(needle);
      } catch {
        return false; // another user's, or gone
      }
    })
    .map(Number);
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false; // gone
  }
}

/** @param leader The process that leads the group. @param marker Also those that carry it; a second pass takes what was just being born. */
export function killTree(leader: number | undefined, marker: string | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  if (process.platform === "win32") {
    // Windows has no signal but the end.
    if (signal === "SIGKILL") spawnSync("taskkill", ["/F", "/T", "/PID", String(leader)], { windowsHide: true, stdio: "ignore" });
    return;
  }
  send(-leader, signal);
  if (marker === undefined) return;
  for (const pid of marked(marker)) send(pid, signal);
  for (const pid of marked(marker)) send(pid, signal);
}

export function treeIsAlive(leader: number | undefined, marker: string): boolean {
  if (leader === undefined) return false;
  // On Linux zombies count for the group, but have no environment.
  return process.platform === "linux" ? marked(marker).length > 0 : send(process.platform === "win32" ? leader : -leader, 0);
}
