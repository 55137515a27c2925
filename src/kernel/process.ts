/** The process of one kernel and all it starts: how it is spawned, heard and, with certainty, ended. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { KernelDeath } from "./running.ts";
import { proportionalBytes, residentBytes } from "./memory.ts";
import { killTree, marked, treeIsAlive } from "./process-tree.ts";

const lastWordsLength = 8192;

export type OutputListener = (name: "stdout" | "stderr", text: string) => void;

export interface ProcessOptions {
  cwd: string;
  env: Record<string, string>;
}

export class KernelProcess {
  /** Resolves when the process has ended, for whatever reason, and all it wrote has been read; never rejects. */
  readonly ended: Promise<KernelDeath>;
  readonly #child: ChildProcess;
  readonly #marker: string = randomUUID();
  readonly #listeners = new Set<OutputListener>();
  #lastWords = "";

  /** @param argv The program and its arguments. A program that cannot be started shows as `ended` with the reason as last words. */
  constructor([program, ...parameters]: readonly string[], { cwd, env }: ProcessOptions) {
    this.#child = spawn(program!, parameters, {
      cwd,
      // Found again by the marker, also when it has left the process group; JPY_PARENT_PID makes Jupyter's kernels end with us.
      env: { ...process.env, ...env, CAIRN_KERNEL: this.#marker, JPY_PARENT_PID: String(process.pid), CAIRN_PARENT_PIPE: "1" },
      detached: process.platform !== "win32", // a process group of its own
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"], // the fourth stays open as long as we live: our own kernel ends when it closes
    });
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => resolve({ code, signal, lastWords: this.#lastWords });
      this.#child.once("error", (error) => {
        this.#lastWords += error.message;
        end(null, null);
      });
      // A grandchild may hold the pipes open for ever: wait for "close" only a moment.
      this.#child.once("exit", (code, signal) => setTimeout(end, 100, code, signal));
      this.#child.once("close", end);
    });
    for (const name of ["stdout", "stderr"] as const) {
      this.#child[name]!.setEncoding("utf8").on("data", (text: string) => {
        this.#lastWords = (this.#lastWords + text).slice(-lastWordsLength);
        for (const listener of this.#listeners) listener(name, text);
      });
    }
  }

  get lastWords(): string {
    return this.#lastWords;
  }

  onOutput(listener: OutputListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** To the whole group, as Jupyter does, so that a child the kernel waits for hears it too. */
  signal(signal: NodeJS.Signals): void {
    killTree(this.#child.pid, undefined, signal);
  }

  /** Bytes that it and everything that descends from it hold; exact only above `enough`. */
  memory(enough: number): number | undefined {
    if (process.platform !== "linux") return undefined;
    const pids = marked(this.#marker);
    const bytes = residentBytes(pids);
    return bytes <= enough || pids.length === 1 ? bytes : proportionalBytes(pids) || bytes;
  }

  /** SIGKILL to everything that descends from this process. Synchronous: it also runs when our own process exits. */
  kill(): void {
    killTree(this.#child.pid, this.#marker, "SIGKILL");
  }

  /** After kill(): resolves when nothing is left, or after a second when something cannot die. */
  async vanished(): Promise<void> {
    await this.ended;
    const deadline = Date.now() + 1000;
    while (treeIsAlive(this.#child.pid, this.#marker) && Date.now() < deadline) await pause(5);
    for (const stream of this.#child.stdio) stream?.destroy();
  }
}
