/** `--json`: the results as they are, for programs. */
import type { CellError, CellResult } from "../execute/index.ts";
import type { NotebookRun } from "./run.ts";

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

const errorFields = (error: CellError | undefined): object =>
  error
    ? {
        error: {
          name: error.name,
          message: error.message,
          ...(error.code === undefined ? {} : { code: error.code }),
          ...(error.line === undefined ? {} : { line: error.line }),
        },
      }
    : {};

const cellFields = ({ index, status, seconds, error }: CellResult): object => ({
  index,
  status,
  seconds: round(seconds),
  ...errorFields(error),
});

/** A notebook has an `error` of its own when no cell could be blamed. */
export function toJson(runs: readonly NotebookRun[]): string {
  const notebooks = runs.map(({ result: { path, status, seconds, attempts, error, cells } }) => ({
    path,
    status,
    seconds: round(seconds),
    ...(attempts === undefined ? {} : { attempts }),
    ...errorFields(error),
    cells: cells.map(cellFields),
  }));
  return `${JSON.stringify({ notebooks }, null, 2)}\n`;
}
