export { cacheFolder } from "../runtime/cache-folder.ts";
export { fetchDataset, fetchModel, type EntryFiles, type FetchOptions } from "./fetch.ts";
export { datasetsFolder, manifestEntry, readManifest } from "./manifest.ts";
export type { HubSource, ManifestEntry, ManifestFile, PackageSource, Source, UrlSource } from "./manifest.ts";
