/** One finished run of a notebook, as a program reads it. */
import type { FinishedRun } from "../course/index.ts";
import { InputError } from "../errors.ts";
import type { CellError, CellResult, CellStatus, NotebookStatus } from "../execute/index.ts";
import { writeNotebook, type CodeCell, type Notebook, type Output } from "../nbformat/index.ts";
import { isGood } from "../report/index.ts";
import { nearest } from "../runtime/nearest.ts";
import { NotebookRunError } from "./errors.ts";

/** A code cell with what became of it. */
export class CellRun {
  /** Position in the executed notebook, Markdown cells counted, from 0. */
  readonly index: number;
  readonly source: string;
  readonly tags: readonly string[];
  /** The cell's id, where the notebook gives its cells one (nbformat 4.5). */
  readonly id: string | undefined;
  readonly status: CellStatus;
  readonly seconds: number;
  readonly error: CellError | undefined;
  readonly outputs: readonly Output[];

  /** @internal */
  constructor(cell: CodeCell, { index, status, seconds, error }: CellResult) {
    this.index = index;
    this.source = cell.source;
    this.tags = cell.metadata.tags ?? [];
    this.id = cell.id;
    this.status = status;
    this.seconds = seconds;
    this.error = error;
    this.outputs = cell.outputs;
  }

  /** What a reader without pictures reads: standard output, and the plain text of values and figures; not the standard error. */
  get text(): string {
    return this.outputs.map(textOf).join("");
  }

  /** The first output of a MIME type: a string, or what the JSON of a type such as `application/json` holds. */
  data(mimeType: string): unknown {
    for (const output of this.outputs) if ("data" in output && mimeType in output.data) return output.data[mimeType];
    return undefined;
  }
}

function textOf(output: Output): string {
  if (output.output_type === "stream") return output.name === "stdout" ? output.text : "";
  if (output.output_type === "error") return "";
  const text = output.data["text/plain"];
  return typeof text === "string" ? text : "";
}

export class NotebookRun {
  /** As it was given. */
  readonly path: string;
  readonly status: NotebookStatus;
  readonly seconds: number;
  /** How often it was run, where that was more than once: it is tagged `flaky`. */
  readonly attempts: number | undefined;
  /** Why no cell can be blamed: the file is not a notebook, the kernel did not start, the time of the notebook was up, the run was aborted. */
  readonly error: CellError | undefined;
  /** The notebook with its outputs, as far as it came; missing where it could not be opened, or nothing was started any more. */
  readonly notebook: Notebook | undefined;
  /** Its code cells, in order. */
  readonly cells: readonly CellRun[];

  readonly #thrown: unknown;

  /** @internal */
  constructor({ result, notebook, thrown }: FinishedRun) {
    const { path, status, seconds, attempts, error, cells } = result;
    this.path = path;
    this.status = status;
    this.seconds = seconds;
    this.attempts = attempts;
    this.error = error;
    this.notebook = notebook;
    this.#thrown = thrown;
    this.cells = notebook ? cells.map((cell) => new CellRun(notebook.cells[cell.index] as CodeCell, cell)) : [];
  }

  /** Nothing is wrong with it. */
  get passed(): boolean {
    return isGood(this.status);
  }

  /** The first cell that went wrong. */
  get failedCell(): CellRun | undefined {
    return this.cells.find(({ status }) => status !== "passed" && status !== "skipped");
  }

  /**
   * The code cell with this tag or id; the first, where several have it.
   *
   * @throws {InputError} No cell has it.
   */
  cell(tagOrId: string): CellRun {
    const found = this.cells.find(({ tags, id }) => tags.includes(tagOrId) || id === tagOrId);
    if (found) return found;
    const names = [...new Set(this.cells.flatMap(({ tags }) => tags))];
    const meant = nearest(tagOrId, names);
    throw new InputError(`${this.path} has no code cell with the tag or id ${JSON.stringify(tagOrId)}`, {
      hint: meant === undefined ? `tags of its code cells: ${names.join(", ") || "none"}` : `did you mean "${meant}"?`,
      facts: { path: this.path, name: tagOrId, expected: names },
    });
  }

  /** Returns the run, if it passed. @throws {NotebookRunError} It did not: the message names the cell, its line and its error. */
  assertPassed(): this {
    if (this.passed) return this;
    const cell = this.failedCell;
    const { name, message } = cell?.error ?? this.error ?? { name: "NotRun", message: "the run had ended before it was started" };
    const line = cell?.error?.line;
    const place = cell ? ` in cell ${cell.index + 1}${line === undefined ? "" : `, line ${line}`}` : "";
    const source = cell && line !== undefined ? `\n\n    ${cell.source.split("\n")[line - 1]?.trim() ?? ""}` : "";
    throw new NotebookRunError(`${this.path} ${this.status}${place}: ${name}: ${message}${source}`, this, this.#thrown);
  }

  /** Writes the executed notebook; folders are made where they are missing. @throws {InputError} There is none. */
  async save(path: string): Promise<void> {
    if (!this.notebook) throw new InputError(`${this.path} was not run, so there is nothing to save`, { facts: { path: this.path } });
    await writeNotebook(path, this.notebook);
  }
}
