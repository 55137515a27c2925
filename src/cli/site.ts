/** `cairn site`: the course of notebooks/course.yaml → pages with an index. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { buildSite, courseFolder, lastReport, lastRuns, readCourse } from "../site/index.ts";

export const summary: string = "write the course as pages with an index";

export const help: string = `Usage: cairn site --out DIR

Writes the notebooks of notebooks/course.yaml as HTML pages, with an index: stages, times, skill tree, routes.
Nothing is executed. Notebooks are taken as \`cairn course\` last executed them (${courseFolder}), else as they are.

  --out DIR   where the pages go; made where it is missing

Exit code: 0 all written, 2 wrong usage, a course.yaml that is wrong, or a file that is not a notebook.

Example:
  cairn site --out pages`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { out: { type: "string" } } });
  if (values.out === undefined) throw new InputError("--out is missing", { hint: "say where the pages go: --out DIR" });
  const course = await readCourse("notebooks");
  const executed = join(courseFolder, "notebooks");
  const site = await buildSite({ course, out: values.out, executed, runs: lastRuns(await lastReport(courseFolder)) });
  for (const file of site.withoutOutputs) console.log(`${file} has no outputs: cairn course executes it`);
  console.log(`${site.pages.length} notebooks and the index: ${site.index}`);
  return 0;
}
