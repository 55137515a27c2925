/** One side of the comparison: a process that answers a line of JSON with one. It may be killed by the card's memory or by its time: the next question starts it anew. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export class Side {
  #start;
  #child;
  #lines;

  constructor(command, args, env = {}) {
    this.#start = () => {
      this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
      this.#child.on("error", () => {}); // no such program: the lines end, which says so
      this.#child.stdin.on("error", () => {}); // it ended while it was asked
      this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    };
  }

  /** The answer, or why there is none. */
  async ask(question, seconds) {
    if (!this.#child) this.#start();
    const child = this.#child;
    const late = AbortSignal.timeout(Math.round(seconds * 1000));
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const line = await Promise.race([this.#lines.next(), once(late, "abort").then(() => undefined)]);
    if (line && !line.done) {
      try {
        return JSON.parse(line.value);
      } catch {
        return { error: `it answered ${line.value.slice(0, 200)}` };
      }
    }
    this.#child = undefined;
    if (line === undefined) {
      child.kill("SIGKILL");
      return { error: `it took more than ${Math.round(seconds)} s` };
    }
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) await once(child, "exit");
    return {
      error:
        child.pid === undefined
          ? "the program cannot be started"
          : `the process ended: ${child.signalCode ?? `exit code ${child.exitCode}`}`,
    };
  }

  async close() {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }
}
