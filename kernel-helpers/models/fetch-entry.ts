/** An entry's files on disk: from the cache, else from the first source that has all that is missing. */
import path from "node:path";
import { AccessError, HelperError, InterruptedError, UnavailableError } from "../errors.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { entryFolder, missingFiles } from "./cache.ts";
import type { RetryOptions } from "./answer.ts";
import type { DownloadOptions } from "./download.ts";
import { hubAddress } from "./hub/address.ts";
import { fetchLooseFiles } from "./loose-files.ts";
import type { ManifestEntry, ManifestFile, Source } from "./manifest.ts";
import { Meter } from "./meter.ts";
import { fetchFromPackages } from "./packages/fetch-package.ts";
import { takeTurn } from "./turn.ts";

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

type Options = FetchOptions & RetryOptions;

/** Folder → the fetch in progress, and the signal of the call that started it. */
const inProgress = new Map<string, { files: Promise<EntryFiles>; signal: AbortSignal | undefined }>();

/**
 * Fetches an entry of a manifest, of the course's or of another one.
 *
 * @throws {UnavailableError} No source has it. Facts: name, missing (its files), reasons (by source), folder.
 */
export function fetchEntry(entry: ManifestEntry, options: Options = {}): Promise<EntryFiles> {
  const folder = entryFolder(entry);
  const running = inProgress.get(folder);
  if (running) {
    return running.files
      .catch((error: unknown) => {
        if (!running.signal?.aborted || options.signal?.aborted) throw error; // else the other call was stopped, not this one
      })
      .then(() => fetchEntry(entry, options)); // which finds what it wants, for of one repository two calls may want different files
  }
  const files = fetchOnce(entry, options).finally(() => inProgress.delete(folder));
  inProgress.set(folder, { files, signal: options.signal });
  return files;
}

async function fetchOnce(entry: ManifestEntry, options: Options): Promise<EntryFiles> {
  options.signal?.throwIfAborted();
  const missing = await missingFiles(entry);
  if (missing.length > 0) await fetchMissing(entry, missing, options);
  const folder = entryFolder(entry);
  const files = Object.fromEntries(entry.files.map((file) => [file.path, path.join(folder, file.path)]));
  return { name: entry.name, folder, licence: entry.licence, homepage: entry.homepage, files };
}

async function fetchMissing(entry: ManifestEntry, atFirst: readonly ManifestFile[], options: Options): Promise<void> {
  using interrupt = await interruptible(options.signal);
  const { signal } = interrupt;
  const label = `fetching ${entry.name} (${entry.licence})`;
  try {
    const waiting = new Meter({ label, totalBytes: sizeOf(atFirst), onProgress: options.onProgress });
    await using _turn = await takeTurn(entryFolder(entry), signal, () => waiting.say("another program is fetching it"));
    waiting.close();
    const reasons: Reason[] = [];
    let missing = await missingFiles(entry); // less than at first, where another program had its turn
    for (const source of entry.sources) {
      if (missing.length === 0) break;
      const meter = new Meter({ label, totalBytes: bytesFrom(source, missing), onProgress: options.onProgress });
      try {
        await fetchFrom(entry, source, missing, { signal, retryDelaysMs: options.retryDelaysMs, ...meter.reports });
      } catch (error) {
        signal.throwIfAborted();
        reasons.push({ source: describeSource(source), error });
      } finally {
        meter.close();
      }
      missing = await missingFiles(entry);
    }
    const [first] = reasons;
    if (reasons.length === 1 && first!.error instanceof AccessError) throw first!.error;
    if (missing.length > 0) throw unavailable(entry, missing, reasons);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(`${entry.name} is not there yet: fetching it was interrupted`, {
      hint: "do the same again, and it goes on where it stopped",
      cause: error,
      facts: { name: entry.name },
    });
  }
}

function fetchFrom(entry: ManifestEntry, source: Source, missing: ManifestFile[], options: DownloadOptions): Promise<void> {
  if (source.kind === "hub" || source.kind === "url") return fetchLooseFiles(entry, source, missing, options);
  return fetchFromPackages(entry, source.kind === "joined" ? source : { parts: [source] }, missing, options);
}

const sizeOf = (files: readonly { bytes: number }[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** How much has to come for the files that are missing, as long as the first source has them. */
const downloadBytes = ({ sources }: ManifestEntry, missing: readonly ManifestFile[]): number =>
  missing.length === 0 ? 0 : bytesFrom(sources[0]!, missing);

/** How much has to come until an entry is there; 0 where it is. */
export const missingBytes = async (entry: ManifestEntry): Promise<number> => downloadBytes(entry, await missingFiles(entry));

/** Packages come whole. */
function bytesFrom(source: Source, missing: readonly ManifestFile[]): number {
  if (source.kind === "joined") return sizeOf(source.parts);
  return "bytes" in source ? source.bytes : sizeOf(missing);
}

interface Reason {
  source: string;
  error: unknown;
}

function describeSource(source: Source): string {
  if (source.kind === "hub") return `${hubAddress()}/${source.repository}`;
  if (source.kind === "url") return source.base;
  const [first, ...more] = source.kind === "joined" ? source.parts : [source];
  const registry = first!.kind === "npm" ? "npm" : "PyPI";
  if (more.length === 0) return `${registry} package ${first!.package} ${first!.version}`;
  return `${registry} packages ${first!.package} to ${more.at(-1)!.package} ${first!.version}`;
}

function unavailable(entry: ManifestEntry, missing: ManifestFile[], reasons: readonly Reason[]): UnavailableError {
  const names = missing.map((file) => file.path);
  const shown = names.length > 6 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  const orMirror = entry.sources.some(({ kind }) => kind === "hub") ? ", or set HF_ENDPOINT to a mirror of the hub" : "";
  const folder = entryFolder(entry);
  const lines = reasons.map(({ source, error }) => `  ${source}: ${HelperError.is(error) ? error.summary : String(error)}`);
  return new UnavailableError([`${entry.kind} ${entry.name} cannot be fetched`, ...lines].join("\n"), {
    hint: `with a network, npx cairn ${entry.kind === "library" ? "gpu" : `models fetch ${entry.name}`} goes on with it; or put ${shown} into ${folder} by hand${orMirror}`,
    cause: reasons.at(-1)?.error,
    facts: { name: entry.name, missing: names, reasons, folder },
  });
}
