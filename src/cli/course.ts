/** `cairn course`: the main job. Everything a newcomer needs, from a fresh checkout to pages. */
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { build, fetchModelsAndData, type NotebookTask } from "../course/index.ts";
import { isGood, toJson, type NotebookRun } from "../report/index.ts";
import { replaceFile } from "../runtime/files.ts";
import { buildSite, readCourse, type Course, type LastRun, type Site } from "../site/index.ts";
import { cacheHelp, executeAll, executionHelp, executionOptions, readExecution } from "./execution.ts";
import { Interrupt } from "./interrupt.ts";

/** `cairn site` looks here for what was executed last. */
const defaultOut = join("build", "course");
const profiles = ["quick", "full"];

export const summary: string = "the whole course: build, fetch models and data, run every notebook, write the pages";

export const help: string = `Usage: cairn course [--profile quick|full] [--out DIR] [options]

Does everything needed to read the course with outputs from your own machine, in the folder that holds notebooks/:
  1. builds what has changed;
  2. fetches models and data that are not here yet (once, then no network is needed);
  3. runs every notebook of notebooks/course.yaml, one that builds on another after it;
  4. writes each as an HTML page, with an index, and says where that is and what failed.
A notebook that fails does not stop the others, and its page is written as well.

  --profile P         quick: for two cores (default). full: larger models and data, for a machine with a GPU.
                      Cells see it as the environment variable CAIRN_PROFILE
  --out DIR           where pages, executed notebooks (notebooks/) and results (run.json) go; ${defaultOut} by default
${executionHelp}

${cacheHelp}

Models and data are kept in your user cache folder, or in the folder that CAIRN_CACHE names (a relative path starts where you call cairn).
Exit code: 0 all passed, 1 a notebook failed, 2 wrong usage or a file that is not a notebook, 130 interrupted.

Examples:
  cairn course
  cairn course --no-cache --json results.json
  cairn course --profile full --out site`;

const options = { ...executionOptions, profile: { type: "string" }, out: { type: "string" } } as const;

function tasksOf({ notebooks }: Course, out: string): NotebookTask[] {
  const paths = new Map(notebooks.map(({ id, path }) => [id, path]));
  return notebooks.map(({ file, path, needs }) => ({
    path,
    output: join(out, "notebooks", file),
    after: needs.map((id) => paths.get(id)!),
  }));
}

/** All pages but those of notebooks that cannot be read. */
async function writePages(course: Course, out: string, runs: readonly NotebookRun[]): Promise<Site> {
  const results = new Map(runs.map(({ result, output }) => [basename(result.path), { ...result, output }]));
  const lastRuns = new Map<string, LastRun>([...results].map(([file, { status, seconds }]) => [file, { status, seconds }]));
  const notebooks = course.notebooks.filter(({ file }) => results.get(file)?.output !== undefined);
  return buildSite({ course: { ...course, notebooks }, out, executed: join(out, "notebooks"), runs: lastRuns });
}

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options });
  const { profile = "quick", out = defaultOut } = values;
  if (!profiles.includes(profile)) throw new InputError(`there is no profile ${JSON.stringify(profile)} (${profiles.join(", ")})`);
  const settings = readExecution(values);
  const course = await readCourse("notebooks");
  using interrupt = new Interrupt();
  await build(interrupt.signal);
  const isComplete = interrupt.signal.aborted || (await fetchModelsAndData(interrupt.signal));
  if (!isComplete && !interrupt.signal.aborted)
    console.error("cairn: continuing without what could not be fetched; notebooks that need it will fail and say what is missing");
  const env = { CAIRN_PROFILE: profile };
  const { runs, exitCode } = await executeAll(tasksOf(course, out), { ...settings, env }, values, interrupt);
  if (runs.some(({ output }) => output !== undefined)) await replaceFile(join(out, "run.json"), toJson(runs));
  if (interrupt.signal.aborted) return exitCode;
  const site = await writePages(course, out, runs);
  const bad = runs.filter(({ result }) => !isGood(result.status)).map(({ result }) => basename(result.path));
  console.log(`\nThe course: ${site.index}\n            ${pathToFileURL(site.index).href}`);
  if (bad.length > 0) console.log(`With failures, see above: ${bad.join(", ")}`);
  return interrupt.exitCode ?? exitCode;
}
