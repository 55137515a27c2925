/**
 * The outputs of one cell, from what its messages say: streams joined while the same one goes on, outputs cleared at once or when the
 * next one comes, displays updated in place.
 *
 * A cell that never stops printing must fill neither memory nor the notebook: beyond a limit the middle is left out and a line says so.
 */
import type { DisplayDataOutput, ErrorOutput, ExecuteResultOutput, MimeBundle, Output } from "../nbformat/index.ts";
import { StreamText } from "./stream-text.ts";

/** Characters one cell keeps, half of them from its beginning and half from its end. */
export const outputLimit = 32_000_000;

export type StreamName = "stdout" | "stderr";
type RichOutput = DisplayDataOutput | ExecuteResultOutput;

interface StreamEntry {
  name: StreamName;
  text: StreamText;
}

interface WholeEntry {
  output: RichOutput | ErrorOutput;
  displayId: string | undefined;
  length: number;
}

type Entry = StreamEntry | WholeEntry;

const isStream = (entry: Entry | undefined): entry is StreamEntry => entry !== undefined && "text" in entry;
const lengthOf = (entry: Entry): number => (isStream(entry) ? entry.text.length : entry.length);
const total = (entries: readonly Entry[]): number => entries.reduce((sum, entry) => sum + lengthOf(entry), 0);

const bundleLength = (data: MimeBundle): number =>
  Object.values(data).reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : JSON.stringify(value).length), 0);

export class CellOutputs {
  readonly #limit: number;
  /** Before what was left out, once the limit has been reached. */
  #head: Entry[] = [];
  #entries: Entry[] = [];
  #leftOut = 0;
  #length = 0;
  #clearsBeforeNext = false;
  /** Whether there has been a change since the outputs were last taken. */
  #hasChanged = false;

  constructor(limit: number = outputLimit) {
    this.#limit = limit;
  }

  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  stream(name: StreamName, text: string): void {
    if (text === "") return;
    this.#beforeNext();
    let entry = this.#entries.at(-1);
    if (!isStream(entry) || entry.name !== name) this.#entries.push((entry = { name, text: new StreamText() }));
    const before = entry.text.length;
    entry.text.write(text);
    this.#grow(entry.text.length - before);
  }

  add(output: RichOutput | ErrorOutput, displayId?: string): void {
    this.#beforeNext();
    const length = output.output_type === "error" ? output.traceback.join("\n").length : bundleLength(output.data);
    this.#entries.push({ output, displayId, length });
    this.#grow(length);
  }

  /** Replaces the content of every output with this display id. */
  update(displayId: string, { data, metadata }: Pick<RichOutput, "data" | "metadata">): void {
    for (const entry of [...this.#head, ...this.#entries]) {
      if (isStream(entry) || entry.displayId !== displayId) continue;
      entry.output = { ...(entry.output as RichOutput), data, metadata };
      const length = bundleLength(data);
      this.#grow(length - entry.length);
      entry.length = length;
    }
  }

  /** @param wait Only when the next output comes, so that nothing flickers. */
  clear(wait: boolean): void {
    this.#clearsBeforeNext = wait;
    if (wait) return;
    this.#head = [];
    this.#entries = [];
    this.#length = this.#leftOut = 0;
    this.#hasChanged = true;
  }

  /** Takes the errors back that a predicate recognises, for another one to stand in their place. */
  withdrawErrors(matches: (error: ErrorOutput) => boolean): void {
    const stays = (entry: Entry): boolean => isStream(entry) || entry.output.output_type !== "error" || !matches(entry.output);
    this.#entries = this.#entries.filter(stays);
    this.#length = total(this.#head) + total(this.#entries);
    this.#hasChanged = true;
  }

  /** Takes a text back that stands at the end of the last stderr output, for something else to say the same. */
  withdrawStderr(text: string): void {
    const entry = this.#entries.findLast((candidate) => isStream(candidate) && candidate.name === "stderr") as StreamEntry | undefined;
    const whole = String(entry?.text);
    if (!entry || !whole.endsWith(text)) return;
    this.#length -= text.length;
    this.#hasChanged = true;
    entry.text = new StreamText();
    entry.text.write(whole.slice(0, whole.length - text.length));
    if (entry.text.length === 0) this.#entries.splice(this.#entries.indexOf(entry), 1);
  }

  /** As the notebook stores them. */
  take(): Output[] {
    if (this.#length > this.#limit) this.#cut();
    this.#hasChanged = false;
    const left = `\n[${this.#leftOut.toLocaleString("en-US")} characters left out here: a cell keeps its first and last ${(this.#limit / 2).toLocaleString("en-US")}]\n`;
    const notice: Output[] = this.#leftOut > 0 ? [{ output_type: "stream", name: "stderr", text: left }] : [];
    return [...this.#head.map(toOutput), ...notice, ...this.#entries.map(toOutput)];
  }

  #beforeNext(): void {
    if (this.#clearsBeforeNext) this.clear(false);
  }

  #grow(by: number): void {
    this.#hasChanged = true;
    this.#length += by;
    // Rarely, so that each character is moved a few times at most.
    if (this.#length > this.#limit * 1.5) this.#cut();
  }

  /** Leaves out the middle. An output that is not text stays whole or goes. */
  #cut(): void {
    const before = this.#length;
    if (this.#head.length === 0) this.#head = takeHead(this.#entries, this.#limit / 2);
    this.#entries = takeTail(this.#entries, this.#limit / 2);
    this.#length = total(this.#head) + total(this.#entries);
    this.#leftOut += before - this.#length;
  }
}

/** Takes entries out of the list, from its front, until they hold `length` characters; the one that crosses it is split. */
function takeHead(entries: Entry[], length: number): Entry[] {
  const head: Entry[] = [];
  for (let left = length; left > 0 && entries.length > 0;) {
    const entry = entries[0]!;
    left -= lengthOf(entry);
    if (left >= 0 || !isStream(entry)) head.push(entries.shift()!);
    else {
      const text = new StreamText();
      text.write(String(entry.text));
      text.keepHead(lengthOf(entry) + left);
      head.push({ name: entry.name, text });
      entry.text.keepTail(lengthOf(entry) - text.length);
    }
  }
  return head;
}

function takeTail(entries: readonly Entry[], length: number): Entry[] {
  let left = length;
  let first = entries.length;
  while (first > 0 && left > 0) left -= lengthOf(entries[--first]!);
  const tail = entries.slice(first);
  if (left < 0 && isStream(tail[0])) tail[0].text.keepTail(lengthOf(tail[0]) + left);
  return tail;
}

function toOutput(entry: Entry): Output {
  return isStream(entry) ? { output_type: "stream", name: entry.name, text: String(entry.text) } : entry.output;
}
