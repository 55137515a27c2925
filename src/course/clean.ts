/** What can be made or fetched again, and removing it. */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

export interface Removed {
  path: string;
  bytes: number;
}

export interface CleanOptions {
  /** The checkout. */
  root: string;
  /** Cairn's cache folder. */
  cache: string;
  /** Also what was fetched, JupyterLab's environment, and what notebooks have handed on to each other. */
  all: boolean;
}

const built = [join("build", "course"), join("src", "dist"), join("kernel-helpers", "dist")];
/** Of the cache folder: remembered runs, what makes the kernel's start short, and what it compiled of files beside notebooks. */
const remembered = ["runs", "compiler", "modules"];
/** Which exercises a learner has done (`progress`) is nowhere else: it stays. */
const fetched = ["models", "datasets", "libraries", "artifacts", "drafts", "lab"];

async function bytesOf(path: string): Promise<number> {
  const about = await lstat(path).catch(() => undefined);
  if (!about) return 0;
  if (!about.isDirectory()) return about.size;
  const names = await readdir(path);
  return (await Promise.all(names.map((name) => bytesOf(join(path, name))))).reduce((sum, bytes) => sum + bytes, 0);
}

/** Removes what is there and returns what was removed. */
export async function clean({ root, cache, all }: CleanOptions): Promise<Removed[]> {
  const targets = [...built.map((path) => join(root, path)), ...[...remembered, ...(all ? fetched : [])].map((name) => join(cache, name))];
  const removed: Removed[] = [];
  for (const path of targets) {
    const bytes = await bytesOf(path);
    await rm(path, { recursive: true, force: true });
    if (bytes > 0) removed.push({ path, bytes });
  }
  return removed;
}
