/**
 * How much text of a cell goes out, and how fast: what a reader can take. The first part goes at once, then the newest lines every two seconds, and
 * what had to be left out between them is counted where it is missing.
 */

import { clearTimeout, now, setTimeout } from "./intrinsics.ts";

/** Characters that go out as they come. A client that takes more, such as a runner that writes files, says so. */
const freely = Number(process.env["CAIRN_STREAM_LIMIT"]) || 200_000;
/** Characters of the newest text that are kept to be shown. */
const tailLength = 20_000;
const showEveryMs = 2000;
/** After so many looks at the newest text the next one comes when the cell ends. */
const maxLooks = 100;

type Name = "stdout" | "stderr";
type Send = (name: Name, text: string) => void;

export class StreamBudget {
  readonly #send: Send;
  #sent = 0;
  #tail: { name: Name; text: string }[] = [];
  #tailLength = 0;
  #leftOut = 0;
  #looks = 0;
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  write(name: Name, text: string): void {
    let free = freely - this.#sent;
    if (text.length <= free) {
      this.#sent += text.length;
      return this.#send(name, text);
    }
    if (/[\uD800-\uDBFF]/.test(text.charAt(free - 1))) free--; // not within a character
    if (free > 0) {
      this.#sent += free;
      this.#send(name, text.slice(0, free));
    }
    this.#keep(name, text.slice(Math.max(0, free)));
    if (this.#looks < maxLooks) this.#timer ??= setTimeout(() => this.flush(), showEveryMs).unref();
    // A loop without an await lets no timer run.
    if (this.#looks < maxLooks && now() - this.#lookedAt > showEveryMs) this.flush();
  }

  /** Shows the newest text that has not been shown. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lookedAt = now();
    if (this.#tail.length === 0) return;
    this.#looks++;
    if (this.#leftOut > 0)
      this.#send(
        this.#tail[0]!.name,
        `\n[… ${this.#leftOut.toLocaleString("en-US")} characters left out here: a cell shows its first ${freely.toLocaleString("en-US")}, then the newest …]\n`,
      );
    for (const { name, text } of this.#tail) this.#send(name, text);
    this.#tail = [];
    this.#tailLength = this.#leftOut = 0;
  }

  #keep(name: Name, text: string): void {
    this.#tail.push({ name, text });
    this.#tailLength += text.length;
    while (this.#tailLength > 2 * tailLength || (this.#tailLength > tailLength && this.#tail.length > 1)) {
      const first = this.#tail[0]!;
      const excess = Math.min(this.#tailLength - tailLength, first.text.length);
      if (excess === first.text.length) this.#tail.shift();
      else first.text = first.text.slice(excess);
      this.#tailLength -= excess;
      this.#leftOut += excess;
    }
  }
}
