import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const helpers = path.join(import.meta.dirname, "../../../kernel-helpers/distributed/");

/** The process that runs a program of kernel-helpers/distributed, with the argument if one is given. */
export function processOf(program: string, argument?: string): number {
  const isIt = (pid: string): boolean => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      // Not the shell that started it, nor an actor named after it.
      return words.some((word) => word.startsWith(helpers + program)) && (argument === undefined || words.includes(argument));
    } catch {
      return false;
    }
  };
  const found = readdirSync("/proc").find((name) => /^\d+$/.test(name) && isIt(name));
  if (found === undefined) throw new Error(`nothing runs ${program}`);
  return Number(found);
}

/** The process that started it; 0 where it is gone. */
export function parentOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}
