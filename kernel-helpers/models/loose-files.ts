/** Files that have an address each, on a hub or anywhere else. */
import path from "node:path";
import { install, withDraftFolder } from "./cache.ts";
import { download, type DownloadOptions } from "./download.ts";
import { addressOnHub } from "./hub.ts";
import type { HubSource, ManifestEntry, ManifestFile, UrlSource } from "./manifest.ts";

export async function fetchLooseFiles(
  entry: ManifestEntry,
  source: HubSource | UrlSource,
  missing: ManifestFile[],
  options: DownloadOptions,
): Promise<void> {
  await withDraftFolder(async (folder) => {
    for (const [index, file] of missing.entries()) {
      const address = source.kind === "hub" ? addressOnHub(source, file.path) : `${source.base}${encodeURI(file.path)}`;
      const draft = path.join(folder, String(index));
      await download(address, draft, options);
      await install(entry, file, draft);
    }
  });
}
