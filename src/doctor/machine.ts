/** Node, memory and the cache folder. */
import { constants } from "node:fs";
import { access, mkdir, readdir, stat, statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { defaultJobs } from "../kernel/index.ts";
import { type Check, readableSize } from "./check.ts";

/** The first that can require() an ES module, which is how cells import. */
const oldestNode = [20, 19] as const;
/** One kernel with a model in it. */
const leastMemory = 600e6;

export function nodeVersion(version: string = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const fix = `install Node ${oldestNode.join(".")} or newer: https://nodejs.org/en/download`;
  return { name: "Node", state: isNew ? "works" : "broken", found: version, fix: isNew ? undefined : fix };
}

export function memory(available: number = process.availableMemory(), total: number = totalmem()): Check {
  const found = `${readableSize(available)} of ${readableSize(total)} are free`;
  if (available < leastMemory) {
    return { name: "memory", state: "broken", found, fix: `a notebook takes up to ${readableSize(leastMemory)}: end other programs` };
  }
  const jobs = defaultJobs(undefined, available);
  return { name: "memory", state: "works", found: `${found}; ${jobs} ${jobs === 1 ? "notebook runs" : "notebooks run"} at a time` };
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sizeOf(path);
    return entry.isFile() ? (await stat(path)).size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** The folder is made where it is missing: whether that works is the question. */
export async function cache(folder: string): Promise<Check> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const found = `${folder} holds ${readableSize(await sizeOf(folder))}; the disk has ${readableSize(bavail * bsize)} left`;
    return { name: "cache", state: "works", found };
  } catch (error) {
    return { name: "cache", state: "broken", found: (error as Error).message, fix: "set CAIRN_CACHE to a folder that can be written" };
  }
}
