/** A model or data set by name → its files on disk; offline after the first time. */
import { argumentError, checkArray, checkFunction, checkOptions, checkSignal, checkText } from "../runtime/check.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { fetchEntry, type EntryFiles, type FetchOptions } from "./fetch-entry.ts";
import { parseHubName } from "./hub/name.ts";
import { repositoryEntry } from "./hub/repository.ts";
import { manifestEntry } from "./manifest.ts";

export interface FetchModelOptions extends FetchOptions {
  /** Of a repository on the hub: a branch, a tag or a commit. @default "main", as it is when the model is fetched for the first time */
  revision?: string;
  /** Of a repository on the hub: names of files, where `*` stands for anything. @default the weights and what belongs to them */
  files?: readonly string[];
}

const optionNames = ["signal", "onProgress"];

/**
 * Files of a model, fetched when they are not in the cache yet. What a broken connection, ■ or a killed program left of them is kept, and the next call goes on
 * with it.
 *
 * @param name A name of the manifest, or of a repository on the hub: `owner/name`, `owner/name:Q4_K_M`, `owner/name/file.gguf`, each also with `@revision` after
 *   the name. The commit that a name stands for is kept, so a model does not change by itself. HF_ENDPOINT names a mirror of the hub; HF_TOKEN opens
 *   repositories that are private or gated.
 * @throws {ArgumentError} The manifest, or the hub, has no model of that name; the hint has the nearest.
 * @throws {AccessError} The repository is gated. Facts: repository, status, reason, page.
 * @throws {UnavailableError} No source has it. Facts: name, missing (its files), reasons (by source), folder.
 */
export async function fetchModel(name: string, options: FetchModelOptions = {}): Promise<EntryFiles> {
  checkOptions("options", options, [...optionNames, "revision", "files"]);
  const { revision, files, ...fetchOptions } = options;
  checkFetchOptions(fetchOptions);
  const query = typeof name === "string" ? parseHubName(name) : undefined;
  if (!query) {
    for (const [option, value] of Object.entries({ revision, files })) {
      if (value !== undefined) throw argumentError("name", `owner/name, as ${option} is of repositories on the hub`, name);
    }
    return fetchEntry(manifestEntry(name, "model"), fetchOptions);
  }
  if (revision !== undefined) query.revision = checkText("revision", revision, { allowEmpty: false });
  if (files !== undefined) checkArray("files", files, (item, file) => checkText(item, file, { allowEmpty: false }), { allowEmpty: false });
  using interrupt = await interruptible(fetchOptions.signal);
  const entry = await repositoryEntry(files === undefined ? query : { ...query, files }, { signal: interrupt.signal });
  return fetchEntry(entry, fetchOptions);
}

/** Files of a data set of the manifest, in the same way. */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<EntryFiles> {
  checkOptions("options", options, optionNames);
  checkFetchOptions(options);
  return fetchEntry(manifestEntry(name, "dataset"), options);
}

function checkFetchOptions({ signal, onProgress }: FetchOptions): void {
  checkSignal("signal", signal);
  if (onProgress !== undefined) checkFunction("onProgress", onProgress);
}
