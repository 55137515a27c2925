/** A model or data set by name → its files on disk; offline after the first time. */
import { checkFunction, checkOptions, checkSignal } from "../runtime/check.ts";
import { fetchEntry, type EntryFiles, type FetchOptions } from "./fetch-entry.ts";
import { manifestEntry } from "./manifest.ts";

/**
 * Files of a model of the manifest, fetched when they are not in the cache yet. What a broken connection, ■ or a killed program left of them is kept, and the
 * next call goes on with it.
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
