/** Results as execution gives them, for all reports. */
import type { CellResult, NotebookResult } from "../../src/execute/index.ts";
import type { NotebookRun } from "../../src/report/index.ts";

const cells = (result: NotebookResult): NotebookRun["cells"] =>
  ["# Title", "const a = 1", "const b = 2\nconst s: string = b\ns.length", "a + b"].map((source, index) => ({
    source: result.cells.length > 0 ? source : "",
    indexInFile: index,
  }));

export function runOf(
  path: string,
  status: NotebookResult["status"],
  own: CellResult[] = [],
  more: Partial<NotebookResult> = {},
): NotebookRun {
  const result: NotebookResult = { path, status, seconds: 1.23456, cells: own, ...more };
  return { result, cells: cells(result), output: `out/${path}` };
}

export const passed: NotebookRun = runOf("good.ipynb", "passed", [
  { index: 1, status: "passed", seconds: 0.5 },
  { index: 3, status: "passed", seconds: 0.25 },
]);

export const failed: NotebookRun = runOf("bad.ipynb", "failed", [
  { index: 1, status: "passed", seconds: 0.5 },
  {
    index: 2,
    status: "failed",
    seconds: 0.1,
    error: { name: "TypeScriptError", message: "TS2322: Type 'number' is not assignable to type 'string'.", line: 2 },
  },
  { index: 3, status: "skipped", seconds: 0 },
]);

export const broken: NotebookRun = {
  result: {
    path: "broken.ipynb",
    status: "failed",
    seconds: 0,
    cells: [],
    error: { name: "NotebookFormatError", message: "broken.ipynb is not JSON" },
  },
  cells: [],
};
