/** What the last `cairn course` left: run.json in its folder says how each notebook ended. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { LastRun } from "./build.ts";

/** Where `cairn course` writes by default, and `cairn site` looks. */
export const courseFolder: string = join("build", "course");

/** A notebook in run.json; there is more in it than this. */
export interface ReportedNotebook {
  path: string;
  status: string;
  seconds: number;
}

/** None where there was no run, or what it left cannot be read. */
export async function lastReport(folder: string): Promise<ReportedNotebook[]> {
  try {
    return (JSON.parse(await readFile(join(folder, "run.json"), "utf8")) as { notebooks: ReportedNotebook[] }).notebooks;
  } catch {
    return [];
  }
}

/** By the name of the file. */
export function lastRuns(report: readonly ReportedNotebook[]): Map<string, LastRun> {
  return new Map(report.map(({ path, status, seconds }) => [basename(path), { status, seconds }]));
}
