/**
 * What cells show, as lines of a log, each with its cell's number. A line that is written over again and again, such as a progress bar, is shown when it
 * has ended, and now and then before.
 */
import { basename } from "node:path";
import { StreamText, type ExecutionEvent, type LiveOutput } from "../execute/index.ts";
import type { Colours } from "./colours.ts";
import { plain, plainLine } from "./words.ts";

/** How often a line is shown that goes on changing. */
const everyMs = 10_000;

interface Shown {
  prefix: string;
  text: StreamText;
  stream: string;
  /** What was shown of the line that is not at its end, and when. */
  said: string;
  saidAt: number;
  /** A display that changes in place. */
  changing: string;
}

export class OutputLog {
  readonly #write: (lines: string) => void;
  readonly #colours: Colours;
  readonly #hasMany: boolean;
  readonly #notebooks = new Map<string, Shown>();
  readonly #timer: NodeJS.Timeout;

  /** @param write Whole lines, without the last line's end. @param hasMany Each line names its notebook. */
  constructor(write: (lines: string) => void, colours: Colours, hasMany: boolean) {
    this.#write = write;
    this.#colours = colours;
    this.#hasMany = hasMany;
    this.#timer = setInterval(() => this.#remind(), 1000).unref();
  }

  onEvent(event: ExecutionEvent): void {
    if (event.type === "cell-output") this.#show(event.path, event.index, event.output);
    else if (event.type === "cell-end") this.#settle(event.path);
    else if (event.type === "notebook-end") this.#notebooks.delete(event.result.path);
  }

  end(): void {
    clearInterval(this.#timer);
    for (const path of this.#notebooks.keys()) this.#settle(path);
  }

  #show(path: string, index: number, output: LiveOutput): void {
    const name = this.#hasMany ? `${plainLine(basename(path, ".ipynb"))} ${index + 1}` : `cell ${index + 1}`;
    const known = this.#notebooks.get(path);
    if (known && known.prefix !== name) this.#settle(path); // late output of an earlier cell, or a new cell's first
    const shown = known ?? { prefix: name, text: new StreamText(), stream: "", said: "", saidAt: Date.now(), changing: "" };
    shown.prefix = name;
    this.#notebooks.set(path, shown);
    if (output.kind === "stream") {
      if (shown.changing !== "" || (shown.stream !== "" && shown.stream !== output.name)) this.#settle(path);
      shown.stream = output.name;
      shown.text.write(output.text);
      const lines = shown.text.takeLines();
      if (lines.length > 0) shown.said = "";
      this.#say(shown, lines);
    } else if (output.kind === "data" && output.isUpdate) {
      shown.changing = dataLines(output.data).join("\n");
    } else {
      this.#settle(path);
      this.#say(shown, output.kind === "data" ? dataLines(output.data) : errorLines(output));
    }
  }

  /** Shows what can still change as it is now; something else comes after it. */
  #settle(path: string): void {
    const shown = this.#notebooks.get(path);
    if (!shown) return;
    const line = String(shown.text);
    if (line !== "" && line !== shown.said) this.#say(shown, [line]);
    if (shown.changing !== "" && shown.changing !== shown.said) this.#say(shown, shown.changing.split("\n"));
    Object.assign(shown, { text: new StreamText(), stream: "", said: "", saidAt: Date.now(), changing: "" });
  }

  #remind(): void {
    for (const shown of this.#notebooks.values()) {
      const text = shown.changing || String(shown.text);
      if (text === "" || text === shown.said || Date.now() - shown.saidAt < everyMs) continue;
      shown.said = text;
      this.#say(shown, text.split("\n"));
    }
  }

  #say(shown: Shown, lines: readonly string[]): void {
    if (lines.length === 0) return;
    shown.saidAt = Date.now();
    this.#write(lines.map((line) => `${this.#colours.dim(`${shown.prefix} │`)} ${this.#coloured(line)}`.trimEnd()).join("\n"));
  }

  /** Colours of the text's own where the log has any; nothing that moves a cursor. */
  #coloured(line: string): string {
    if (this.#colours.dim("x") === "x") return plainLine(line);
    const parts = line.split(colour);
    const text = parts.map((part, index) => (index % 2 === 0 ? plainLine(part) : part)).join("");
    return parts.length > 1 ? `${text}\u001b[0m` : text;
  }
}

// oxlint-disable-next-line no-control-regex -- it is what colours begin with
const colour = /(\u001b\[[\d;]*m)/;

const isText = (type: string): boolean => type === "text/plain";

/** Text as it is; images, and what has no text, by kind and size. */
function dataLines(data: Record<string, unknown>): string[] {
  const text = textOf(data["text/plain"]);
  const others = Object.keys(data).filter((type) => !isText(type));
  const named = text.trim() === "" ? others.slice(0, 1) : others.filter((type) => type.startsWith("image/")).slice(0, 1);
  const image = others.find((type) => type.startsWith("image/"));
  const types = named.length > 0 && image !== undefined ? [image] : named;
  return [...(text.trim() === "" ? [] : text.trimEnd().split("\n")), ...types.map((type) => `[${type}, ${sizeOf(type, data[type])}]`)];
}

const textOf = (value: unknown): string => (Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "");

function sizeOf(type: string, value: unknown): string {
  const text = typeof value === "object" && !Array.isArray(value) ? JSON.stringify(value) : textOf(value);
  const isBase64 = type.startsWith("image/") && !type.includes("xml");
  const bytes = isBase64 ? (text.replace(/\s/g, "").length * 3) / 4 : Buffer.byteLength(text);
  return bytes < 1000 ? `${Math.round(bytes)} bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function errorLines({ ename, evalue, traceback }: Extract<LiveOutput, { kind: "error" }>): string[] {
  const text = traceback.length > 0 ? traceback.join("\n") : `${plain(ename)}: ${evalue}`;
  return text.split("\n");
}
