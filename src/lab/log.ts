/** All that JupyterLab and its kernels write, one file a start. */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Older ones are removed. */
const kept = 10;

export interface LabLog {
  path: string;
  /** For the server's stdout and stderr: it writes into the file itself, so that nothing is lost, however we end. */
  descriptor: number;
  /** What an error quotes: Jupyter's last error, else the last line. */
  lastWords(): string;
  close(): void;
}

/** @param folder Made where it is missing. */
export function openLog(folder: string, now: Date = new Date()): LabLog {
  mkdirSync(folder, { recursive: true });
  const older = readdirSync(folder).filter((name) => name.endsWith(".log"));
  for (const name of older.toSorted().slice(0, Math.max(0, older.length + 1 - kept))) rmSync(join(folder, name), { force: true });
  const path = join(folder, `${now.toISOString().slice(0, 19).replaceAll(":", "-")}-${process.pid}.log`);
  const descriptor = openSync(path, "a", 0o600);
  return {
    path,
    descriptor,
    lastWords: () => lastWords(readFileSync(path, "utf8")),
    close: () => closeSync(descriptor),
  };
}

function lastWords(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const error = lines.findLast((line) => /^\[[EC] /.test(line));
  return (error?.replace(/^\[.*?\]\s*/, "") ?? lines.at(-1) ?? "it said nothing").trim();
}
