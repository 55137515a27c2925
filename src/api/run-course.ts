/** A course, run from a program: its notebooks in the order in which they need one another, and its pages. */
import { fetchModelsAndData, runNotebooks } from "../course/index.ts";
import { CairnError, InputError } from "../errors.ts";
import { chooseNotebooks, courseEnvironment, courseTasks, readCourse, writePages, writeReport } from "../site/index.ts";
import { checkOptions, type Kind } from "./check.ts";
import { NotebookRun } from "./notebook-run.ts";
import { runManyOptions, settingsOf, type RunManyOptions } from "./run-notebooks.ts";

export interface CourseOptions extends RunManyOptions {
  /** The folder that holds course.yaml. @default "notebooks" */
  folder?: string;
  /** Notebooks by number or name: ["05", "transformer"], or "05,06". @default all of them */
  only?: string | readonly string[];
  /** Only those of a stage. */
  stage?: string;
  /** Cells see it as the environment variable CAIRN_PROFILE. @default "quick" */
  profile?: "quick" | "full";
  /** Fetches models and data sets first that course.yaml names and that are not in the cache; shows the progress on stderr. @default true */
  fetch?: boolean;
  /** Where pages, executed copies (notebooks/) and results (run.json) go. Without it nothing is written. */
  out?: string;
}

export interface CourseRun {
  /** In the order of the course. */
  runs: NotebookRun[];
  /** All of them passed. */
  passed: boolean;
  /** Path of the index page; missing without `out`, and where the run was aborted. */
  index: string | undefined;
}

const courseOptions: Readonly<Record<string, Kind>> = {
  ...runManyOptions,
  folder: "text",
  only: "texts",
  stage: "text",
  profile: "text",
  fetch: "boolean",
  out: "text",
};

/**
 * Runs the notebooks of a course.
 *
 * @throws {InputError} course.yaml cannot be read; a notebook or a stage that is not there; a wrong option.
 * @throws {CairnError} Models or data cannot be fetched.
 */
export async function runCourse(options: CourseOptions = {}): Promise<CourseRun> {
  checkOptions(options, courseOptions);
  const { folder = "notebooks", only, stage, profile = "quick", fetch = true, out, signal } = options;
  if (profile !== "quick" && profile !== "full")
    throw new InputError(`profile must be "quick" or "full", got ${JSON.stringify(profile)}`, {
      facts: { argument: "profile", value: profile },
    });
  const course = await readCourse(folder);
  const chosen = chooseNotebooks(course, { stage, only: typeof only === "string" ? only : only?.join(",") });
  const names = [...new Set(chosen.flatMap(({ fetches }) => fetches[profile]))];
  if (fetch && !signal?.aborted && !(await fetchModelsAndData(names, signal)) && !signal?.aborted)
    throw new CairnError("models or data of the course could not be fetched, see above", {
      hint: "with fetch: false the notebooks run all the same, and those that need them fail",
      facts: { names },
    });
  const settings = settingsOf(options);
  const runs = await runNotebooks(courseTasks(chosen, out), { ...settings, env: { ...settings.env, ...courseEnvironment(profile) } });
  const before = out === undefined ? [] : await writeReport(course, out, runs);
  const site = out === undefined || signal?.aborted ? undefined : await writePages(course, out, runs, before);
  const finished = runs.map((run) => new NotebookRun(run));
  return { runs: finished, passed: finished.every(({ passed }) => passed), index: site?.index };
}
