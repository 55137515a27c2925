/**
 * The cache of models and data sets: one folder per entry. A file arrives under another name, is checked, and is renamed into place, so a reader sees a whole
 * file or none and two processes may fetch the same entry at once. What a person puts there by hand counts too, once its SHA-256 is right.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { FormatError } from "../errors.ts";
import { cacheFolder } from "../runtime/cache-folder.ts";
import { replaceFile } from "../runtime/files.ts";
import type { ManifestEntry, ManifestFile } from "./manifest.ts";
import { draftsFolder } from "./part.ts";

const stampName = ".verified.json";
const folders = { model: "models", dataset: "datasets", library: "libraries" } as const;

export function entryFolder({ kind, name, folder, revision }: Pick<ManifestEntry, "kind" | "name" | "folder" | "revision">): string {
  const own = revision === undefined ? (folder ?? name) : `${name}@${revision.slice(0, 12)}`;
  return path.join(cacheFolder(), folders[kind], own);
}

/** The files of an entry that are not in its folder yet, or not as the manifest says. */
export async function missingFiles(entry: ManifestEntry): Promise<ManifestFile[]> {
  const folder = entryFolder(entry);
  const stamp = await readStamp(folder);
  const missing: ManifestFile[] = [];
  for (const file of entry.files) {
    if (!(await isThere(folder, file, stamp))) missing.push(file);
  }
  return missing;
}

async function isThere(folder: string, file: ManifestFile, stamp: Record<string, string>): Promise<boolean> {
  const place = path.join(folder, file.path);
  const size = await stat(place).then(
    (found) => found.size,
    () => undefined,
  );
  if (size !== file.bytes) return false;
  if (stamp[file.path] === file.sha256) return true;
  if ((await sha256Of(place)) !== file.sha256) return false;
  await writeStamp(folder, { [file.path]: file.sha256 });
  return true;
}

/** A folder of our own in the cache, on the same disk as the entries, for files in transit; it is gone afterwards. */
export async function withDraftFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = path.join(draftsFolder(), `${process.pid}-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Moves a draft that has been checked to its place. */
export async function install(entry: ManifestEntry, file: ManifestFile, draft: string): Promise<void> {
  const folder = entryFolder(entry);
  const place = path.join(folder, file.path);
  await mkdir(path.dirname(place), { recursive: true });
  await rename(draft, place);
  await writeStamp(folder, { [file.path]: file.sha256 });
}

/** Removes an entry's files; those of others in the same folder stay. Returns how many bytes that were. */
export async function forget(entry: ManifestEntry): Promise<number> {
  let bytes = 0;
  for (const file of entry.files) {
    const place = path.join(entryFolder(entry), file.path);
    bytes += await stat(place).then(
      ({ size }) => size,
      () => 0,
    );
    await rm(place, { force: true });
  }
  return bytes;
}

export async function checkSha256(file: string, expected: string, name: string): Promise<void> {
  const found = await sha256Of(file);
  if (found === expected) return;
  throw new FormatError(`${name} has SHA-256 ${found}, expected ${expected}`, {
    hint: "the source serves another file than the course was written for",
    facts: { name, expected, found },
  });
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** File → SHA-256 of those checked once, so that a start does not hash 90 MB again. */
async function readStamp(folder: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(path.join(folder, stampName), "utf8")) as Record<string, string>;
  } catch {
    return {}; // none yet, or a torn one: the files are hashed again
  }
}

async function writeStamp(folder: string, added: Record<string, string>): Promise<void> {
  replaceFile(path.join(folder, stampName), JSON.stringify({ ...(await readStamp(folder)), ...added }));
}
