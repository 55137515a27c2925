export { cacheFolder } from "../runtime/cache-folder.ts";
export { fetchDataset, fetchModel, type FetchModelOptions } from "./fetch.ts";
export { fetchEntry, missingBytes, type EntryFiles, type FetchOptions } from "./fetch-entry.ts";
export type { RetryOptions } from "./answer.ts";
export { datasetsFolder, manifestEntry, readManifest } from "./manifest.ts";
export type { HubSource, JoinedSource, ManifestEntry, ManifestFile, PackageSource, Source, UrlSource } from "./manifest.ts";
export { removeEntry } from "./stored.ts";
