/** A notebook that was run before: what of it a new run takes away, and what it leaves. */
import { expect, test } from "vitest";
import { forgetEarlierRun } from "../../src/execute/index.ts";
import type { CodeCell, Notebook, Output } from "../../src/nbformat/index.ts";

const widget: Output = {
  output_type: "display_data",
  metadata: {},
  data: { "application/vnd.jupyter.widget-view+json": { model_id: "a" }, "text/plain": "IntSlider()" },
};
const times = { "iopub.execute_input": "2020-01-01T00:00:00Z", "iopub.status.busy": "2020", "shell.execute_reply": "2020" };

function notebook(metadata: CodeCell["metadata"], more: object = {}): Notebook {
  const cell: CodeCell = { cell_type: "code", source: "1", metadata, execution_count: 7, outputs: [widget] };
  return { nbformat: 4, nbformat_minor: 5, metadata: { widgets: { state: {} }, ...more }, cells: [cell] };
}

test("outputs, counts, times and widgets' state go; settings and the rest stay", () => {
  const records = { papermill: { duration: 1 }, ExecuteTime: {}, executionInfo: {}, outputId: "x" };
  const before = notebook(
    { tags: ["a"], collapsed: true, execution: { ...times, timeout: 3 }, ...records },
    { papermill: {}, execution: { timeout: 9 } },
  );
  const { metadata } = before.cells[0]!;
  const copy = structuredClone(metadata);
  forgetEarlierRun(before);
  expect(before.metadata).toEqual({ execution: { timeout: 9 } });
  expect(before.cells).toEqual([
    {
      cell_type: "code",
      source: "1",
      outputs: [],
      execution_count: null,
      metadata: { tags: ["a"], collapsed: true, execution: { timeout: 3 } },
    },
  ]);
  expect(metadata).toEqual(copy);
});

test("an execution that held only times goes as a whole", () => {
  const before = notebook({ execution: times });
  forgetEarlierRun(before);
  expect(before.cells[0]!.metadata).toEqual({});
});

test("a cell that is not run keeps all that it has, and its widget the state", () => {
  const before = notebook({ tags: ["skip-execution"], execution: times });
  const copy = structuredClone(before);
  forgetEarlierRun(before);
  expect(before).toEqual(copy);
});
