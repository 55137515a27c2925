/** The report for a log: a line when a notebook starts, one when it ends, and now and then what has been running for long. */
import type { ExecutionEvent } from "../execute/index.ts";
import { createColours, type TerminalLike } from "./colours.ts";
import { OutputLog } from "./output-log.ts";
import type { NotebookRun, Reporter } from "./run.ts";
import { endLine, summary } from "./summary.ts";
import { duration, plainLine } from "./words.ts";

const reminderMs = 30_000;

export interface Output extends TerminalLike {
  write(text: string): unknown;
}

interface RunningCell {
  index: number;
  since: number;
}

export class LineReporter implements Reporter {
  readonly #output: Output;
  readonly #running = new Map<string, RunningCell | undefined>();
  readonly #outputs: OutputLog | undefined;
  readonly #reminder: NodeJS.Timeout;

  /** @param showsOutputs What cells show is written as it comes. @param hasMany Several notebooks, so that each line says of which it is. */
  constructor(output: Output, showsOutputs = false, hasMany = true) {
    this.#output = output;
    this.#outputs = showsOutputs ? new OutputLog((lines) => this.#say(lines), createColours(output), hasMany) : undefined;
    this.#reminder = setInterval(() => this.#remind(), reminderMs).unref();
  }

  onEvent(event: ExecutionEvent): void {
    this.#outputs?.onEvent(event);
    if (event.type === "notebook-start") {
      this.#running.set(event.path, undefined);
      this.#say(`  ${plainLine(event.path)}  starts`);
    } else if (event.type === "cell-start") {
      this.#running.set(event.path, { index: event.index, since: performance.now() });
    } else if (event.type === "notebook-end") {
      this.#running.delete(event.result.path);
      this.#say(endLine(event.result, createColours(this.#output)));
    }
  }

  end(runs: readonly NotebookRun[], seconds: number): void {
    clearInterval(this.#reminder);
    this.#outputs?.end();
    this.#say(summary(runs, seconds, createColours(this.#output)));
  }

  #remind(): void {
    for (const [path, cell] of this.#running) {
      const ms = cell ? performance.now() - cell.since : 0;
      if (cell && ms >= reminderMs) this.#say(`  ${plainLine(path)}  cell ${cell.index + 1} has been running for ${duration(ms / 1000)}`);
    }
  }

  #say(line: string): void {
    this.#output.write(`${line}\n`);
  }
}
