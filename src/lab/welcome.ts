/** The page that `cairn lab` begins with: the course with a link to each notebook, what the learner has done of it, the routes. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readNotebook } from "../nbformat/index.ts";
import { replaceFile } from "../runtime/files.ts";
import type { Course, CourseNotebook } from "../site/index.ts";
import { besideIn } from "./course-copy.ts";

export const welcomeFile = "Welcome.md";

export interface WelcomeOptions {
  course: Course;
  /** The learner's copy, where the page goes. */
  copy: string;
  /** Cairn's cache folder, where the library notes which exercises are done. */
  cache: string;
}

/** A notebook's exercises are those that its cells check. */
async function exercisesOf({ path }: CourseNotebook): Promise<string[]> {
  const { cells } = await readNotebook(path);
  const ids = cells.flatMap(({ cell_type, source }) =>
    cell_type === "code" ? [...source.matchAll(/\bcheck\(\s*['"]([\w-]+)['"]/g)].map(([, id]) => id!) : [],
  );
  return [...new Set(ids)];
}

interface Row {
  notebook: CourseNotebook;
  /** Whether each of its exercises is done. */
  done: boolean[];
}

/** Kept on one line where a column is narrow. */
const together = (text: string): string => text.replaceAll(" ", "\u00A0");

const linkTo = ({ id, file, title }: CourseNotebook): string => `[${together(`${/^\d+/.exec(id)?.[0] ?? ""} ${title}`)}](${file})`;

function rowText({ notebook, done }: Row, stage: string): string {
  const { quick, full } = notebook.minutes;
  const minutes = together(`${quick} min`) + (full === quick ? "" : `, in full ${together(`${full} min`)}`);
  const marks = together(`${done.map((isDone) => (isDone ? "●" : "○")).join("")} ${done.filter(Boolean).length} of ${done.length}`);
  return `| ${stage} | ${linkTo(notebook)} | ${notebook.summary} | ${minutes} | ${marks} |`;
}

/** One table, with the name of a stage before its first notebook. */
function tableText(stages: Course["stages"], rows: readonly Row[]): string {
  const body = stages.flatMap(({ id, title }) =>
    rows.filter(({ notebook }) => notebook.stage === id).map((row, index) => rowText(row, index === 0 ? `**${title}**` : "")),
  );
  return ["| stage | notebook | about | runs in | exercises done |", "| :-- | :-- | :-- | :-- | :-- |", ...body].join("\n");
}

/** The first with an exercise to do, which is where to go on. */
function nextText(rows: readonly Row[]): string {
  const next = rows.find(({ done }) => done.includes(false));
  if (!next) return "You have done all exercises.";
  const isFresh = rows.every(({ done }) => !done.includes(true));
  return `**${isFresh ? "Begin" : "Go on"} with ${linkTo(next.notebook)}.**`;
}

function render({ title, summary, stages, routes }: Course, rows: readonly Row[], beside: readonly string[]): string {
  const newer = beside.map((file) => `- [${file}](${file})`).join("\n");
  return [
    `# ${title}`,
    summary,
    nextText(rows),
    tableText(stages, rows),
    "## Routes",
    "All begin with the foundation and meet at the end; they differ in what comes first.",
    routes.map((route) => `- **For ${route.for}:** ${route.first}, then ${route.next}. ${route.why}`).join("\n"),
    ...(newer === ""
      ? []
      : ["## Newer versions", "You have changed these notebooks; the course's newer versions lie beside yours.", newer]),
    "## This folder is yours",
    "It is a copy of the course. What you change stays as it is when the course is updated, and `cairn clean` does not touch it. " +
      "To begin a notebook afresh, delete or rename it: the next `cairn lab` brings it back. This page is written anew at each start.",
  ].join("\n\n");
}

/** Writes the page as things are now. */
export async function writeWelcome({ course, copy, cache }: WelcomeOptions): Promise<void> {
  const progress = new Set(await readdir(join(cache, "progress")).catch(() => []));
  const rows = await Promise.all(
    course.notebooks.map(async (notebook) => ({ notebook, done: (await exercisesOf(notebook)).map((id) => progress.has(id)) })),
  );
  await replaceFile(join(copy, welcomeFile), `${render(course, rows, await besideIn(copy))}\n`);
}
