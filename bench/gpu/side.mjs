/**
 * One side of the comparison: a process that says that it is ready, and then answers a line of JSON with one. It may be killed by the card's memory or by its time: the
 * next question starts it anew, unless it never got ready.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export class Side {
  #command;
  #child;
  #lines;
  /** Why it is not started any more. */
  #lost;

  constructor(command, args, env = {}) {
    this.#command = () => spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
  }

  /** Libraries may take half a minute to come from the disk, which does not count towards a question's time. @returns What it says of itself, or why it does not start. */
  async start(seconds) {
    if (this.#lost) return this.#lost;
    if (this.#child) return {};
    this.#child = this.#command();
    this.#child.on("error", () => {}); // no such program: the lines end, which says so
    this.#child.stdin.on("error", () => {}); // it ended while it was asked
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    const answer = await this.#answer(seconds);
    if (answer.error) this.#lost = { error: `it does not start: ${answer.error}` };
    return this.#lost ?? answer;
  }

  /** The answer, or why there is none. */
  async ask(question, seconds) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    return this.#answer(seconds);
  }

  async #answer(seconds) {
    const child = this.#child;
    const late = AbortSignal.timeout(Math.round(Math.max(1, seconds) * 1000));
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
    if (child.pid === undefined) return { error: "there is no such program" };
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return { error: `the process ended: ${child.signalCode ?? `exit code ${child.exitCode}`}` };
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
