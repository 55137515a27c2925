/** `--junit`: a test suite for each notebook, a test case for each code cell. What no cell can be blamed for is a case of its own. */
import type { Builder, TestSuite } from "junit-report-builder";
import type { CellResult } from "../execute/index.ts";
import { codeFrame } from "../runtime/code-frame.ts";
import { createColours } from "./colours.ts";
import type { NotebookRun } from "./run.ts";
import { firstLine, plain } from "./words.ts";

const noColours = createColours({}, {});

function addCell(suite: TestSuite, { result, cells }: NotebookRun, { index, status, seconds, error }: CellResult): void {
  const source = cells[index]?.source ?? "";
  const title = firstLine(source);
  const test = suite
    .testCase()
    .className(result.path)
    .file(result.path)
    .name(`cell ${index + 1}${title === "" ? "" : `: ${title}`}`)
    .time(Math.round(seconds * 1000) / 1000);
  if (status === "skipped") test.skipped();
  if (status === "passed" || status === "skipped") return;
  const text = error ? plain(`${error.name}: ${error.message}`) : status;
  const details = [text, "", ...codeFrame(plain(source).trimEnd(), { line: error?.line }, noColours)].join("\n");
  // By JUnit's words: a failure is what the test found, an error is what kept it from being run to its end.
  if (status === "failed") test.failure(firstLine(text, 200), error?.name ?? status).stacktrace(details);
  else test.error(firstLine(text, 200), error?.name ?? status, details);
}

export async function toJUnit(runs: readonly NotebookRun[]): Promise<string> {
  const { default: module } = await import("junit-report-builder"); // slow to load, and rarely asked for
  // Its types speak of a default export within; what the module really exports is the builder.
  const builder = (module as unknown as Builder).newBuilder().name("cairn");
  for (const run of runs) {
    const { path, status, seconds, cells, error } = run.result;
    const suite = builder
      .testSuite()
      .name(path)
      .time(Math.round(seconds * 1000) / 1000);
    for (const cell of cells) addCell(suite, run, cell);
    const isTold = cells.some((cell) => cell.error?.message === error?.message);
    if (error && !isTold)
      suite.testCase().className(path).file(path).name("notebook").error(firstLine(error.message, 200), error.name, plain(error.message));
    else if (status === "skipped") suite.testCase().className(path).file(path).name("notebook").skipped();
  }
  return builder.build();
}
