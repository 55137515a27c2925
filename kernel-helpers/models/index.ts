export { cacheFolder } from "../runtime/cache-folder.ts";
export { fetchDataset, fetchModel, type FetchModelOptions } from "./fetch.ts";
export type { EntryFiles, FetchOptions } from "./fetch-entry.ts";
export { datasetsFolder, manifestEntry, readManifest } from "./manifest.ts";
export type { HubSource, JoinedSource, ManifestEntry, ManifestFile, PackageSource, Source, UrlSource } from "./manifest.ts";
