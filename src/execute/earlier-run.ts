/** What an earlier run has left in a notebook, and a new one must not leave there. */
import type { Cell, CodeCell, Notebook } from "../nbformat/index.ts";

export const isSkipped = (cell: CodeCell): boolean => cell.metadata.tags?.includes("skip-execution") === true;

/** Records of one run in the metadata: those of papermill, of the extension ExecuteTime, of Colab. */
const records: readonly string[] = ["papermill", "ExecuteTime", "executionInfo", "outputId"];

/** When the messages of a cell came; beside them stand settings, such as `timeout`. */
const isTime = (key: string): boolean => /^(iopub|shell)\./.test(key);

/** The same object when nothing is left out: its numbers keep their spelling. */
function without<T extends Record<string, unknown>>(fields: T, leavesOut: (key: string) => boolean): T {
  const kept = Object.entries(fields).filter(([key]) => !leavesOut(key));
  return kept.length === Object.keys(fields).length ? fields : (Object.fromEntries(kept) as T);
}

function withoutRecords(metadata: CodeCell["metadata"]): CodeCell["metadata"] {
  const { execution } = metadata;
  const settings = typeof execution === "object" && execution !== null ? without(execution as Record<string, unknown>, isTime) : execution;
  const isOnlyTimes = settings !== execution && Object.keys(settings as object).length === 0;
  const rest = without(metadata, (key) => records.includes(key) || (key === "execution" && isOnlyTimes));
  return isOnlyTimes || settings === execution ? rest : { ...rest, execution: settings };
}

const widgetType = "application/vnd.jupyter.widget-view+json";
const showsWidget = (cell: Cell): boolean =>
  cell.cell_type === "code" && cell.outputs.some((output) => "data" in output && widgetType in output.data);

/** Removes outputs, counts and records of code cells, except of those tagged `skip-execution`, and the state of widgets that nothing shows. */
export function forgetEarlierRun(notebook: Notebook): void {
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code" || isSkipped(cell)) continue;
    // A new object: who has a copy of the cell goes on with what was read.
    Object.assign(cell, { outputs: [], execution_count: null, metadata: withoutRecords(cell.metadata) });
  }
  delete notebook.metadata["papermill"];
  if (!notebook.cells.some(showsWidget)) delete notebook.metadata["widgets"];
}
