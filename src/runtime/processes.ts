/** The command lines of this machine's processes, as far as this user may see them. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Process {
  pid: number;
  /** The program and its arguments, with spaces between. */
  command: string;
}

/** None on Windows, which holds on to files that are in use by itself. */
export function processes(): Process[] {
  if (process.platform === "win32") return [];
  return process.platform === "linux" ? fromProc() : fromPs();
}

/** Without the program `ps`, which slim images lack. */
function fromProc(): Process[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }];
    } catch {
      return []; // it has just ended
    }
  });
}

function fromPs(): Process[] {
  const text = execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8", maxBuffer: 1 << 26 });
  return [...text.matchAll(/^ *(\d+) (.*(?:\n(?! *\d+ ).*)*)$/gm)].map(([, pid, command]) => ({ pid: Number(pid), command: command! }));
}
