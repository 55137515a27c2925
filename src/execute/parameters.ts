/**
 * Parameters, as papermill has them: the cell tagged `parameters` holds the defaults, and a cell with other values comes after it. Under
 * tslab a later cell may declare a name again.
 */
import { InputError } from "../errors.ts";
import type { CodeCell, Notebook } from "../nbformat/index.ts";

/** Puts a cell with the values into the notebook, in place of one from an earlier run. @throws {InputError} for a parameter it does not have. */
export function injectParameters(notebook: Notebook, parameters: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(parameters);
  if (names.length === 0) return;
  const index = notebook.cells.findIndex(({ metadata }) => metadata.tags?.includes("parameters"));
  if (index < 0) throw new InputError(`the notebook has no parameters, but ${names.join(", ")} was given`);
  const source = names.map((name) => `const ${name} = ${JSON.stringify(parameters[name])}`).join("\n");
  const cell: CodeCell = { cell_type: "code", source, metadata: { tags: ["injected-parameters"] }, execution_count: null, outputs: [] };
  notebook.cells.splice(index + 1, 0, cell);
}
