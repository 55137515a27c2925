/** What lies in the cache: repositories of the hub that were fetched by name, and taking an entry out again. */
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { entryFolder, forget } from "./cache.ts";
import { pinsFolder } from "./hub/repository.ts";
import type { ManifestEntry } from "./manifest.ts";

/** By their names on the hub. */
export async function pinnedEntries(): Promise<ManifestEntry[]> {
  return (await pins()).map(({ entry }) => entry).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Its files, and which commit its name stands for. Returns how many bytes that were. */
export async function removeEntry(entry: ManifestEntry): Promise<number> {
  const bytes = await forget(entry);
  for (const { file, entry: pinned } of await pins()) {
    if (pinned.name === entry.name && pinned.revision === entry.revision) await rm(file, { force: true });
  }
  if (entry.folder === undefined) await rm(entryFolder(entry), { recursive: true, force: true });
  return bytes;
}

async function pins(): Promise<{ file: string; entry: ManifestEntry }[]> {
  const names = await readdir(pinsFolder()).catch(() => []);
  const files = names.filter((name) => name.endsWith(".json")).map((name) => path.join(pinsFolder(), name));
  return Promise.all(files.map(async (file) => ({ file, entry: JSON.parse(await readFile(file, "utf8")) as ManifestEntry })));
}
