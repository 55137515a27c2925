/**
 * What has come of a file so far, named by the SHA-256 of the whole, so that whichever source answers goes on with it. While somebody writes it, its name
 * holds their process id. Renaming is how it changes hands: of two who want the part that a killed program left, one gets it.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { cacheFolder } from "../runtime/cache-folder.ts";

/** Longer than a download waits for bytes: a part that has not grown for so long has no writer, whatever its process id belongs to now. */
const abandonedAfterMs = 60_000;

/** Where the bytes are from, and the ETag or date that says whether it still has the same file. */
export interface Origin {
  address: string;
  validator?: string;
}

export class Part {
  readonly file: string;
  readonly #sha256: string;
  bytes: number;
  origin: Origin | undefined;

  private constructor(file: string, sha256: string, bytes: number, origin: Origin | undefined) {
    this.file = file;
    this.#sha256 = sha256;
    this.bytes = bytes;
    this.origin = origin;
  }

  /** The largest part that nobody writes any more, or an empty one. */
  static async claim(sha256: string): Promise<Part> {
    const folder = draftsFolder();
    await mkdir(folder, { recursive: true });
    const file = ownPart(sha256);
    for (const left of await abandoned(folder, sha256)) {
      try {
        await rename(left, file);
      } catch {
        continue; // somebody else was quicker
      }
      await rename(originOf(left), originOf(file)).catch(() => undefined);
      return new Part(file, sha256, (await stat(file)).size, await readOrigin(file));
    }
    return new Part(file, sha256, 0, undefined);
  }

  /** To be called before the first bytes of an origin are written. */
  async begin(origin: Origin): Promise<void> {
    this.origin = origin;
    await writeFile(originOf(this.file), JSON.stringify(origin));
  }

  /** Counts what has reached the disk, and returns by how much that is more than was thought. */
  async measure(): Promise<number> {
    const before = this.bytes;
    this.bytes = (await stat(this.file)).size;
    return this.bytes - before;
  }

  /** Leaves it to the next program. */
  async release(): Promise<void> {
    if (this.bytes === 0) await this.discard();
    else await leave(this.file, this.#sha256);
  }

  async discard(): Promise<void> {
    this.bytes = 0;
    this.origin = undefined;
    await Promise.all([this.file, originOf(this.file)].map((file) => rm(file, { force: true })));
  }

  /** Gives the whole file away: what remains is the file alone. */
  async take(): Promise<string> {
    await rm(originOf(this.file), { force: true });
    return this.file;
  }
}

export function draftsFolder(): string {
  return path.join(cacheFolder(), "drafts");
}

/** Whether a process of that id runs on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it runs, for somebody else
  }
}

/** A name for a part of ours. */
export function ownPart(sha256: string): string {
  return path.join(draftsFolder(), `${sha256}.${process.pid}-${randomUUID().slice(0, 8)}.part`);
}

/** Gives a part of ours up to the next program. */
export async function leave(file: string, sha256: string): Promise<void> {
  const left = path.join(draftsFolder(), `${sha256}.part`);
  await rename(originOf(file), originOf(left)).catch(() => undefined);
  await rename(file, left).catch(() => undefined);
}

const originOf = (file: string): string => `${file}.origin`;

async function readOrigin(file: string): Promise<Origin | undefined> {
  try {
    return JSON.parse(await readFile(originOf(file), "utf8")) as Origin;
  } catch {
    return undefined; // the bytes count all the same: the SHA-256 of the whole decides
  }
}

/** Largest first. */
async function abandoned(folder: string, sha256: string): Promise<string[]> {
  const found: { file: string; bytes: number }[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${sha256}.`) || !name.endsWith(".part")) continue;
    const file = path.join(folder, name);
    const about = await stat(file).catch(() => undefined);
    if (!about) continue;
    const owner = /\.(\d+)-[^.]+\.part$/.exec(name)?.[1];
    const isFree = owner === undefined || !isRunning(Number(owner)) || Date.now() - about.mtimeMs > abandonedAfterMs;
    if (isFree) found.push({ file, bytes: about.size });
  }
  return found.sort((a, b) => b.bytes - a.bytes).map(({ file }) => file);
}
