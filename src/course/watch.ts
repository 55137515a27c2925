/**
 * Which notebooks to run again, told by what each depends on. Files are looked at twice a second rather than watched: that works on every file system,
 * and what was only touched, or saved as it was, is not a change.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readNotebook } from "../nbformat/index.ts";
import { isCode } from "./dependencies.ts";
import { changes } from "./explanation.ts";
import { codeInput, filesReached, runInputs, type RunInput, type RunKeyOptions } from "./run-key.ts";
import type { NotebookTask } from "./run-notebooks.ts";

export interface NotebookChange {
  task: NotebookTask;
  /** "code cells", names of files as seen from the notebook; empty for a notebook that is new. */
  changed: string[];
}

export interface WatchOptions extends Pick<RunKeyOptions, "parameters" | "allowErrors" | "env"> {
  /** @default 500 */
  intervalMs?: number;
}

interface Watched {
  inputs: readonly RunInput[];
  /** Path → when it was changed last, and its size. */
  stamps: ReadonlyMap<string, string>;
  /** What it depends on may differ from `inputs` though the stamps are the same. */
  isOpen: boolean;
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return ""; // gone, or not there yet
  }
}

const isSame = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean =>
  one.size === other.size && [...one].every(([path, stamp]) => other.get(path) === stamp);

/** What a run writes itself is not a reason for another one, unless it is code: that a reader has edited meanwhile. */
const isCodeInput = ({ name }: RunInput): boolean =>
  ["code cells", "the kernel"].includes(name) || isCode(name) || basename(name) === "dist";

export class NotebookWatch {
  readonly #find: () => Promise<readonly NotebookTask[]>;
  readonly #options: WatchOptions;
  readonly #known = new Map<string, Watched>();

  /** @param find The notebooks that there are now. */
  constructor(find: () => Promise<readonly NotebookTask[]>, options: WatchOptions) {
    this.#find = find;
    this.#options = options;
  }

  /** How many files are looked at. */
  get files(): number {
    return new Set([...this.#known.values()].flatMap(({ stamps }) => [...stamps.keys()])).size;
  }

  /** Takes these for as they are now: they are about to run. */
  async begin(tasks: readonly NotebookTask[]): Promise<void> {
    for (const task of tasks) this.#known.set(task.path, await this.#look(task));
  }

  /** They have run. What they have written counts as it is now, and what has been edited meanwhile as changed. */
  async end(tasks: readonly NotebookTask[]): Promise<void> {
    for (const task of tasks) {
      const before = this.#known.get(task.path);
      const now = await this.#look(task);
      const code = new Map(before?.inputs.filter(isCodeInput).map((input) => [input.name, input]));
      this.#known.set(task.path, { ...now, inputs: now.inputs.map((input) => code.get(input.name) ?? input), isOpen: true });
    }
  }

  /** Resolves when something has changed and then stood still for a moment; with nothing when `signal` is aborted. */
  async next(signal: AbortSignal): Promise<NotebookChange[]> {
    for (;;) {
      const found = await this.#changes();
      if (found.length > 0 && !(await this.#isMoving())) return found;
      try {
        await pause(this.#options.intervalMs ?? 500, undefined, { signal });
      } catch {
        return [];
      }
    }
  }

  /** Whether it is still being written. */
  async #isMoving(): Promise<boolean> {
    const before = new Map([...this.#known].map(([path, { stamps }]) => [path, stamps]));
    await pause(100);
    return [...before].some(([, stamps]) => !isSame(stamps, new Map([...stamps.keys()].map((file) => [file, stampOf(file)]))));
  }

  async #changes(): Promise<NotebookChange[]> {
    const tasks = await this.#find();
    const found: NotebookChange[] = [];
    for (const task of tasks) {
      const known = this.#known.get(task.path);
      const stamps = known && new Map([...known.stamps.keys()].map((path) => [path, stampOf(path)]));
      if (known && !known.isOpen && isSame(known.stamps, stamps!)) continue;
      const now = await this.#look(task);
      if (!known) found.push({ task, changed: [] });
      else {
        const changed = changes(known.inputs, now.inputs);
        if (changed.length > 0) found.push({ task, changed });
        this.#known.set(task.path, { ...now, inputs: known.inputs, isOpen: changed.length > 0 });
      }
    }
    const paths = new Set(tasks.map(({ path }) => path));
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
    return found;
  }

  async #look({ path }: NotebookTask): Promise<Watched> {
    const cwd = dirname(resolve(path));
    try {
      const notebook = await readNotebook(path);
      const files = [path, ...filesReached(notebook, cwd)];
      const folders = files.map((file) => dirname(file)); // new files show there
      const inputs = runInputs(notebook, { ...this.#options, cwd }) ?? [codeInput(notebook)];
      return { inputs, stamps: new Map([...files, ...folders].map((file) => [file, stampOf(file)])), isOpen: false };
    } catch {
      // Not a notebook just now, which running it says.
      const text = read(path);
      const digest = createHash("sha256").update(text).digest("hex");
      return { inputs: [{ name: "the file", digest }], stamps: new Map([[path, stampOf(path)]]), isOpen: false };
    }
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
