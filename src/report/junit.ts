/** `--junit`: a test suite for each notebook, a test case for each code cell. What no cell can be blamed for is a case of its own. */
import type { CellError, CellResult, CellStatus } from "../execute/index.ts";
import { codeFrame } from "../runtime/code-frame.ts";
import { createColours } from "./colours.ts";
import type { NotebookRun } from "./run.ts";
import { firstLine, plain } from "./words.ts";
import { toXml, type XmlElement } from "./xml.ts";

const noColours = createColours({}, {});

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** By JUnit's words: a failure is what the test found, an error is what kept it from being run to its end. */
function outcome(status: CellStatus, error: CellError | undefined, details: string): XmlElement[] {
  if (status === "passed") return [];
  if (status === "skipped") return [{ name: "skipped", attributes: {} }];
  const attributes = { message: firstLine(details, 200), type: error?.name ?? status };
  return [{ name: status === "failed" ? "failure" : "error", attributes, content: details }];
}

function cellCase({ result, cells }: NotebookRun, { index, status, seconds, error }: CellResult): XmlElement {
  const source = cells[index]?.source ?? "";
  const title = firstLine(source);
  const frame = codeFrame(plain(source).trimEnd(), { line: error?.line }, noColours);
  const details = [error ? `${error.name}: ${error.message}` : status, "", ...frame].join("\n");
  const name = `cell ${index + 1}${title === "" ? "" : `: ${title}`}`;
  return {
    name: "testcase",
    attributes: { classname: result.path, file: result.path, name, time: round(seconds) },
    content: outcome(status, error, details),
  };
}

function notebookCases({ result: { path, status, cells, error } }: NotebookRun): XmlElement[] {
  const attributes = { classname: path, file: path, name: "notebook" };
  const isTold = cells.some((cell) => cell.error?.message === error?.message);
  if (error && !isTold) {
    const own = { message: firstLine(error.message, 200), type: error.name };
    return [{ name: "testcase", attributes, content: [{ name: "error", attributes: own, content: error.message }] }];
  }
  return status === "skipped" ? [{ name: "testcase", attributes, content: [{ name: "skipped", attributes: {} }] }] : [];
}

/** How many of the cases there are, and how many of them did not pass. */
function totals(cases: readonly XmlElement[]): Record<"tests" | "failures" | "errors" | "skipped", number> {
  const having = (name: string): number => cases.filter(({ content = [] }) => (content[0] as XmlElement | undefined)?.name === name).length;
  return { tests: cases.length, failures: having("failure"), errors: having("error"), skipped: having("skipped") };
}

const properties = (attempts: number | undefined): XmlElement[] =>
  attempts === undefined
    ? []
    : [{ name: "properties", attributes: {}, content: [{ name: "property", attributes: { name: "attempts", value: attempts } }] }];

export function toJUnit(runs: readonly NotebookRun[]): string {
  const suites = runs.map((run) => ({
    run,
    cases: [...run.result.cells.map((cell) => cellCase(run, cell)), ...notebookCases(run)],
  }));
  const content = suites.map(({ run: { result }, cases }): XmlElement => {
    const attributes = { name: result.path, time: round(result.seconds), ...totals(cases) };
    return { name: "testsuite", attributes, content: [...properties(result.attempts), ...cases] };
  });
  return toXml({ name: "testsuites", attributes: { name: "cairn", ...totals(suites.flatMap(({ cases }) => cases)) }, content });
}
