/**
 * What a cell stands still for: a call such as execSync waits for another process and lets nothing else happen in its thread, but it ends with that
 * process.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

interface Process {
  pid: number;
  parent: number;
  group: number;
  /** Seconds since it was started. */
  age: number;
}

/** The kernel counts a process's start in hundredths of a second, whatever its own clock. */
const ticksPerSecond = 100;

function fromProc(): Process[] {
  const now = Number.parseFloat(readFileSync("/proc/uptime", "utf8"));
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, parent, group, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
        if (state === "Z") return [];
        return [{ pid: Number(pid), parent: Number(parent), group: Number(group), age: now - Number(rest[16]) / ticksPerSecond }];
      } catch {
        return []; // it has just ended
      }
    });
}

/** `[[days-]hours:]minutes:seconds` */
function seconds(elapsed: string): number {
  const [days, time] = elapsed.includes("-") ? elapsed.split("-") : ["0", elapsed];
  return Number(days) * 86_400 + time!.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Exported for a test: only macOS needs it. */
export function fromPs(): Process[] {
  const stdout = spawnSync("ps", ["-axo", "pid=,ppid=,pgid=,etime="], { encoding: "utf8" }).stdout as string | null; // null without ps
  return (stdout ?? "").split("\n").flatMap((line) => {
    const [pid, parent, group, elapsed] = line.trim().split(/\s+/);
    return elapsed === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), group: Number(group), age: seconds(elapsed) }];
  });
}

/**
 * Processes that descend from this one, or belong to its group where it leads one, and are not older than `age` seconds: a server that an earlier cell
 * has started goes on.
 */
export function youngProcesses(age: number, all: readonly Process[] = process.platform === "linux" ? fromProc() : fromPs()): number[] {
  const own = new Set([process.pid]);
  const leads = all.find(({ pid }) => pid === process.pid)?.group === process.pid;
  for (let before = 0; before < own.size;) {
    before = own.size;
    for (const { pid, parent, group } of all) if (own.has(parent) || (leads && group === process.pid)) own.add(pid);
  }
  own.delete(process.pid);
  return all.filter((each) => own.has(each.pid) && each.age <= age).map(({ pid }) => pid);
}

/** Whether the main thread waits for something, as far as the system tells: a computation is not to lose its helpers. */
export function mainThreadWaits(): boolean {
  try {
    const text = readFileSync(`/proc/self/task/${process.pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).startsWith("S");
  } catch {
    return process.platform !== "linux" && process.platform !== "win32";
  }
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // it has just ended
    }
  }
}
