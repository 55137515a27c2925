/** What a run of the course leaves in its folder: run.json, and pages of everything that has been run so far. */
import { basename, join } from "node:path";
import { toJson, type NotebookRun } from "../report/index.ts";
import { replaceFile } from "../runtime/files.ts";
import { buildSite, type LastRun, type Site } from "./build.ts";
import type { Course, CourseNotebook } from "./course.ts";
import { lastReport, lastRuns, type ReportedNotebook } from "./last-course.ts";

/** A notebook of the course to be run: where it is, where its executed copy goes, and which others come before it. */
export interface CourseTask {
  path: string;
  output?: string;
  after: string[];
}

/** @param out The folder of the course's results; without it no copies are written. */
export function courseTasks(notebooks: readonly CourseNotebook[], out?: string): CourseTask[] {
  const paths = new Map(notebooks.map(({ id, path }) => [id, path]));
  return notebooks.map(({ file, path, needs }) => ({
    path,
    ...(out === undefined ? {} : { output: join(out, "notebooks", file) }),
    after: needs.flatMap((id) => paths.get(id) ?? []),
  }));
}

/** What the kernels of a course see: its profile, and that a sentence which the results contradict fails its notebook. */
export const courseEnvironment = (profile: "quick" | "full"): Record<string, string> => ({
  CAIRN_PROFILE: profile,
  CAIRN_CLAIMS: "strict",
});

/** Writes run.json: the results of this run, and of the course's other notebooks those of before. Returns those of before. */
export async function writeReport(course: Course, out: string, runs: readonly NotebookRun[]): Promise<ReportedNotebook[]> {
  const before = await lastReport(out);
  if (!runs.some(({ output }) => output !== undefined)) return before;
  const now = (JSON.parse(toJson(runs)) as { notebooks: ReportedNotebook[] }).notebooks;
  const byFile = new Map([...before, ...now].map((notebook) => [basename(notebook.path), notebook]));
  const notebooks = course.notebooks.flatMap(({ file }) => byFile.get(file) ?? []);
  await replaceFile(join(out, "run.json"), `${JSON.stringify({ notebooks }, null, 2)}\n`);
  return before;
}

/** Writes all pages but those of notebooks that cannot be read. What was not run now keeps what its last run gave. */
export async function writePages(
  course: Course,
  out: string,
  runs: readonly NotebookRun[],
  before: readonly ReportedNotebook[],
): Promise<Site> {
  const results = new Map(runs.map(({ result, output }) => [basename(result.path), { ...result, output }]));
  const now = [...results].map(([file, { status, seconds }]): [string, LastRun] => [file, { status, seconds }]);
  const notebooks = course.notebooks.filter(({ file }) => !results.has(file) || results.get(file)!.output !== undefined);
  const lastOnes = new Map([...lastRuns(before), ...now]);
  return buildSite({ course: { ...course, notebooks }, out, executed: join(out, "notebooks"), runs: lastOnes });
}
