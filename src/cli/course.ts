/** `cairn course`: the main job. Everything a newcomer needs, from a fresh checkout to pages. */
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { build, fetchModelsAndData } from "../course/index.ts";
import { isGood } from "../report/index.ts";
import { chooseNotebooks, courseEnvironment, courseFolder, courseTasks, readCourse, writePages, writeReport } from "../site/index.ts";
import { cacheHelp, executeAll, executionHelp, executionOptions, readExecution } from "./execution.ts";
import { Interrupt } from "./interrupt.ts";

export const summary: string = "the whole course: build, fetch models and data, run every notebook, write the pages";

export const help: string = `Usage: cairn course [--stage NAME | --only LIST] [--profile quick|full] [--out DIR] [options]

Does everything needed to read the course with outputs from your own machine, in the folder that holds notebooks/:
  1. builds what has changed;
  2. fetches the models and data of the notebooks that are not here yet, and says first how much that is
     (once, then no network is needed; broken off, it goes on where it stopped);
  3. runs every notebook of notebooks/course.yaml, one that builds on another after it;
  4. writes each as an HTML page, with an index, and says where that is and what failed.
A notebook that fails does not stop the others, and its page is written as well. A sentence of the course that its results contradict
fails its notebook.

  --stage NAME        only the notebooks of a stage, such as foundation
  --only LIST         only these, by number or name: 05,07 or autograd; the pages of others stay as they are
  --profile P         quick: for two cores (default). full: larger models and data, for a machine with a GPU.
                      Cells see it as the environment variable CAIRN_PROFILE
  --out DIR           where pages, executed notebooks (notebooks/) and results (run.json) go; ${courseFolder} by default
${executionHelp}

${cacheHelp}

Models and data are kept in your user cache folder, or in the folder that CAIRN_CACHE names (a relative path starts where you call cairn).
Exit code: 0 all passed, 1 a notebook failed, 2 wrong usage or a file that is not a notebook, 130 interrupted.

Examples:
  cairn course
  cairn course --only 05,07
  cairn course --no-cache --json results.json
  cairn course --profile full --out site`;

const options = {
  ...executionOptions,
  stage: { type: "string" },
  only: { type: "string" },
  profile: { type: "string" },
  out: { type: "string" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options });
  const { profile = "quick", out = courseFolder, stage, only } = values;
  if (profile !== "quick" && profile !== "full") throw new InputError(`there is no profile ${JSON.stringify(profile)} (quick, full)`);
  const settings = readExecution(values);
  const course = await readCourse("notebooks");
  const chosen = chooseNotebooks(course, { stage, only });
  const names = [...new Set(chosen.flatMap(({ fetches }) => fetches[profile]))];
  using interrupt = new Interrupt();
  await build(interrupt.signal);
  const isComplete = interrupt.signal.aborted || (await fetchModelsAndData(names, interrupt.signal));
  if (!isComplete && !interrupt.signal.aborted)
    console.error("cairn: continuing without what could not be fetched; notebooks that need it will fail and say what is missing");
  const { runs, exitCode } = await executeAll(
    courseTasks(chosen, out),
    { ...settings, env: courseEnvironment(profile) },
    values,
    interrupt,
  );
  const before = await writeReport(course, out, runs);
  if (interrupt.signal.aborted) return exitCode;
  const site = await writePages(course, out, runs, before);
  const bad = runs.filter(({ result }) => !isGood(result.status)).map(({ result }) => basename(result.path));
  console.log(`\nThe course: ${site.index}\n            ${pathToFileURL(site.index).href}`);
  if (bad.length > 0) console.log(`With failures, see above: ${bad.join(", ")}`);
  return interrupt.exitCode ?? exitCode;
}
