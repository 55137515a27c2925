/** Text that comes token by token: never half a character, and never the beginning of a stop string. */

export class TextStream {
  readonly #stops: readonly string[];
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #held = "";
  #isStopped = false;
  #rest = "";

  constructor(stops: readonly string[] = []) {
    this.#stops = stops;
  }

  /** Whether a stop string has come. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** What came after the stop string, in the piece that it ended in. */
  get rest(): string {
    return this.#rest;
  }

  /** Takes the bytes of a token and returns the text that is certain now. */
  push(bytes: Uint8Array): string {
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What was held back, once nothing more comes; an unfinished character is U+FFFD. */
  end(): string {
    const rest = this.#take(this.#decoder.decode());
    const held = this.#isStopped ? "" : this.#held;
    this.#held = "";
    return rest + held;
  }

  #take(text: string): string {
    if (this.#isStopped) return "";
    const all = this.#held + text;
    const found = this.#stops
      .map((stop) => ({ stop, at: all.indexOf(stop) }))
      .filter(({ at }) => at >= 0)
      .sort((one, other) => one.at - other.at)[0];
    if (found) {
      this.#isStopped = true;
      this.#held = "";
      this.#rest = all.slice(found.at + found.stop.length);
      return all.slice(0, found.at);
    }
    const held = Math.max(0, ...this.#stops.map((stop) => overlap(all, stop)));
    this.#held = all.slice(all.length - held);
    return all.slice(0, all.length - held);
  }
}

/** How many characters at the end of the text are the beginning of the stop string. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
