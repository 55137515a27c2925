/**
 * What comes of runs that passed, by their key: one compressed file each, written whole or not at all. An entry that cannot be read is
 * as if it were not there; gzip's own check sum finds what is broken.
 */
import { createHash } from "node:crypto";
import { readFile, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { forgetEarlierRun, isSkipped, type CellResult } from "../execute/index.ts";
import type { Cell, CodeCell, Notebook } from "../nbformat/index.ts";
import { replaceFile } from "../runtime/files.ts";
import { isInjected } from "./injected.ts";
import type { RunInput } from "./run-key.ts";

interface Entry {
  cells: CellResult[];
  languageInfo: Notebook["metadata"]["language_info"];
  /** The executed cells: an injected one whole, of a code cell what running it changed, null for one that is not run. */
  executed: (CodeCell | Pick<CodeCell, "execution_count" | "outputs"> | null)[];
}

/** Entries that have not been asked for in so long are removed. */
const keptMs = 30 * 24 * 3600 * 1000;

const isWhole = (cell: NonNullable<Entry["executed"][number]>): cell is CodeCell => "source" in cell;

/** Puts the outputs into the notebook as it is now, whose code is the same and whose text may have changed. Returns whether they fit. */
function restore(notebook: Notebook, { executed, languageInfo }: Entry): boolean {
  const own = notebook.cells.filter((cell) => !isInjected(cell));
  if (executed.filter((ran) => !ran || !isWhole(ran)).length !== own.length) return false;
  forgetEarlierRun(notebook);
  notebook.cells = executed.map((ran): Cell => {
    if (ran && isWhole(ran)) return ran;
    const cell = own.shift()!;
    return ran ? Object.assign(cell, ran) : cell;
  });
  if (languageInfo) notebook.metadata.language_info = languageInfo;
  return true;
}

export class RunCache {
  readonly #folder: string;

  /** @param folder Is made when there is something to keep. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What became of the cells when they were run. @param notebook As read; it gets their outputs. */
  async get(key: string, notebook: Notebook): Promise<CellResult[] | undefined> {
    const file = this.#file(key);
    try {
      const entry = JSON.parse((await promisify(gunzip)(await readFile(file))).toString()) as Entry;
      if (!restore(notebook, entry)) return undefined;
      await utimes(file, new Date(), new Date());
      return entry.cells;
    } catch {
      return undefined; // not there, or broken
    }
  }

  /** What the last run of a notebook that passed depended on. @param path Of the notebook, absolute. */
  async inputsOf(path: string): Promise<RunInput[] | undefined> {
    try {
      return JSON.parse(await readFile(this.#inputsFile(path), "utf8")) as RunInput[];
    } catch {
      return undefined; // not there, or broken
    }
  }

  async rememberInputs(path: string, inputs: readonly RunInput[]): Promise<void> {
    await replaceFile(this.#inputsFile(path), JSON.stringify(inputs));
  }

  /** @param executed With its outputs. */
  async put(key: string, executed: Notebook, cells: CellResult[]): Promise<void> {
    const entry: Entry = {
      cells,
      languageInfo: executed.metadata.language_info,
      executed: executed.cells.map((cell) => {
        if (cell.cell_type !== "code" || isSkipped(cell)) return null;
        return isInjected(cell) ? cell : { execution_count: cell.execution_count, outputs: cell.outputs };
      }),
    };
    await replaceFile(this.#file(key), await promisify(gzip)(JSON.stringify(entry), { level: 1 }));
    await this.#removeOld();
  }

  #file(key: string): string {
    return join(this.#folder, `${key}.json.gz`);
  }

  #inputsFile(path: string): string {
    return join(this.#folder, "inputs", `${createHash("sha256").update(path).digest("hex").slice(0, 32)}.json`);
  }

  async #removeOld(): Promise<void> {
    const oldest = Date.now() - keptMs;
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() && found.mtimeMs < oldest) await rm(path, { force: true });
    }
  }
}
