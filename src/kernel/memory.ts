/** How much memory processes hold. Only Linux says it of any process without a program of its own for it, in /proc. */
import { readFileSync } from "node:fs";

function kilobytes(file: string, field: string): number {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(file, "latin1"))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

/** What they hold in memory, in bytes. What several of them share, such as a program's code after a fork, counts for each. */
export const residentBytes = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + kilobytes(`/proc/${pid}/status`, "VmRSS") * 1024, 0);

/** The same, with what they share counted once; takes the system milliseconds for each process instead of microseconds. */
export const proportionalBytes = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + kilobytes(`/proc/${pid}/smaps_rollup`, "Pss") * 1024, 0);
