/** The command as a user runs it: its own process, its own cache. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";

export const program: string = resolve("src/bin/cairn.js");

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  /** What has come so far. */
  printed: () => string;
  ended: Promise<Ran>;
}

/** @param folder Working directory; its cache folder is beneath it. */
export function start(folder: string, args: string[], env: Record<string, string> = {}): Running {
  // What vitest and CI set must not decide what is tested.
  const { CI: _, GITHUB_ACTIONS: __, GITHUB_STEP_SUMMARY: _____, FORCE_COLOR: ___, CAIRN_PROFILE: ____, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...inherited, CAIRN_CACHE: join(folder, "cache"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]): Ran => ({ code: code as number | null, stdout, stderr }));
  return { child, printed: () => stdout + stderr, ended };
}

export const cairn = (folder: string, args: string[], env: Record<string, string> = {}): Promise<Ran> => start(folder, args, env).ended;

/** Processes of this machine that have the folder's cache in their environment: all that a run in it has started, however far removed. */
export function processesOf(folder: string): number[] {
  const mark = `CAIRN_CACHE=${join(folder, "cache")}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export async function until(condition: () => boolean, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("waited in vain");
    await setTimeout(20);
  }
}

interface ExecutedCell {
  cell_type: string;
  source: string[] | string;
  metadata: { tags?: string[] };
  outputs?: { output_type: string; text?: string[]; data?: Record<string, string[]>; ename?: string }[];
}

/** An executed copy. */
export const executed = (folder: string, path: string): { cells: ExecutedCell[] } =>
  JSON.parse(readFileSync(join(folder, path), "utf8")) as { cells: ExecutedCell[] };

/** What a cell printed or gave, as text. */
export const textOf = ({ outputs = [] }: ExecutedCell): string =>
  outputs.map(({ text, data }) => (text ?? data?.["text/plain"] ?? []).join("")).join("");

export interface JsonReport {
  notebooks: {
    path: string;
    status: string;
    seconds: number;
    error?: { name: string; message: string };
    cells: { index: number; status: string; error?: object }[];
  }[];
}

export const report = (folder: string, path: string): JsonReport => JSON.parse(readFileSync(join(folder, path), "utf8")) as JsonReport;
