/** The report for a terminal: notebooks that have ended scroll by, those that run are redrawn in place with their cell and its time. */
import { createLogUpdate } from "log-update";
import type { ExecutionEvent } from "../execute/index.ts";
import { createColours, type Colours } from "./colours.ts";
import { OutputLog } from "./output-log.ts";
import type { NotebookRun, Reporter } from "./run.ts";
import { endLine, summary } from "./summary.ts";
import { count, duration, plainLine } from "./words.ts";

const redrawMs = 100;
const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

interface Running {
  cells: number;
  /** Indexes: a cell may be reported again when it fails late. */
  done: Set<number>;
  since: number;
  cell: { index: number; since: number } | undefined;
}

export class LiveReporter implements Reporter {
  readonly #output: NodeJS.WriteStream;
  readonly #colours: Colours;
  readonly #log: ReturnType<typeof createLogUpdate>;
  readonly #total: number;
  readonly #start: number = performance.now();
  readonly #running = new Map<string, Running>();
  readonly #timer: NodeJS.Timeout;
  readonly #outputs: OutputLog | undefined;
  #ended = 0;
  #frame = 0;

  /** @param showsOutputs What cells show scrolls by as well. */
  constructor(output: NodeJS.WriteStream, total: number, showsOutputs = false) {
    this.#output = output;
    this.#colours = createColours(output);
    this.#log = createLogUpdate(output);
    this.#total = total;
    this.#outputs = showsOutputs ? new OutputLog((lines) => this.#log.persist(lines), this.#colours, total > 1) : undefined;
    this.#timer = setInterval(() => this.#draw(), redrawMs).unref();
    this.#draw();
  }

  onEvent(event: ExecutionEvent): void {
    this.#outputs?.onEvent(event);
    if (event.type === "cell-output") return;
    const now = performance.now();
    if (event.type === "notebook-start") {
      this.#running.set(event.path, { cells: event.cells, done: new Set(), since: now, cell: undefined });
    } else if (event.type === "cell-start") {
      const running = this.#running.get(event.path);
      if (running) running.cell = { index: event.index, since: now };
    } else if (event.type === "cell-end") {
      const running = this.#running.get(event.path);
      running?.done.add(event.cell.index);
      if (running?.cell?.index === event.cell.index) running.cell = undefined;
    } else if (event.type === "notebook-end") {
      this.#running.delete(event.result.path);
      this.#ended++;
      this.#log.persist(endLine(event.result, this.#colours));
    }
    this.#draw();
  }

  end(runs: readonly NotebookRun[], seconds: number): void {
    clearInterval(this.#timer);
    this.#outputs?.end();
    this.#log.clear();
    this.#log.done(); // shows the cursor again
    this.#output.write(`${summary(runs, seconds, this.#colours)}\n`);
  }

  #draw(): void {
    const now = performance.now();
    const { dim, cyan } = this.#colours;
    const turn = cyan(spinner[this.#frame++ % spinner.length]!);
    const lines = [...this.#running].map(([path, { cells, done, since, cell }]) => {
      const place = cell
        ? `cell ${cell.index + 1} for ${duration((now - cell.since) / 1000)}`
        : done.size > 0
          ? ""
          : "waits for its kernel";
      return `${turn} ${plainLine(path)}  ${dim(duration((now - since) / 1000))}  ${done.size} of ${count(cells, "cell")}  ${dim(place)}`.trimEnd();
    });
    const total = dim(`${this.#ended} of ${count(this.#total, "notebook")}  ${duration((now - this.#start) / 1000)}`);
    this.#log([...lines, `  ${total}`].join("\n"));
  }
}
