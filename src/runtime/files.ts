/** Files written whole: a reader, or a crash half-way, sees the old file or the new one. */
import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes a file, in place of the one that is there. Its folder is made where there is none; what is not a regular file, such as /dev/stdout, is written to. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const old = await existing(path);
  if (old?.isFile === false) return writeFile(path, content);
  const target = old?.target ?? path;
  await mkdir(dirname(target), { recursive: true });
  const draft = draftOf(target);
  try {
    await write(draft, content, old?.mode);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The same synchronously, for files that can be made again. Returns whether it wrote: a full or read-only disk is not an error. */
export function keepFile(path: string, content: string | Uint8Array): boolean {
  const draft = draftOf(path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(draft, content);
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
    return true;
  } catch {
    return false;
  }
}

/** Beside the target, and short: a name may be as long as the file system allows, and then has no room for more. */
const draftOf = (target: string): string => join(dirname(target), `.cairn-${randomUUID().slice(0, 8)}`);

async function write(draft: string, content: string | Uint8Array, mode: number | undefined): Promise<void> {
  await using file = await open(draft, "wx");
  if (mode !== undefined) await file.chmod(mode);
  await file.writeFile(content);
  await file.sync();
}

/** What lies at the path; a symbolic link stays one. */
async function existing(path: string): Promise<{ target: string; mode: number; isFile: boolean } | undefined> {
  try {
    const found = await stat(path); // before the real path, which a pipe does not have
    return { target: found.isFile() ? await realpath(path) : path, mode: found.mode, isFile: found.isFile() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
