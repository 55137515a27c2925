/** Files that have an address each, on a hub or anywhere else. */
import { install } from "./cache.ts";
import { download, type DownloadOptions } from "./download.ts";
import { addressOnHub } from "./hub/address.ts";
import { hubRequest } from "./hub/request.ts";
import type { HubSource, ManifestEntry, ManifestFile, UrlSource } from "./manifest.ts";

export async function fetchLooseFiles(
  entry: ManifestEntry,
  source: HubSource | UrlSource,
  missing: ManifestFile[],
  options: DownloadOptions,
): Promise<void> {
  for (const file of missing) {
    const { sha256, bytes } = file;
    const name = `${entry.name}/${file.path}`;
    const from =
      source.kind === "hub"
        ? { address: addressOnHub(source, file.path), ...hubRequest(source.repository) }
        : { address: `${source.base}${encodeURI(file.path)}` };
    await install(entry, file, await download({ ...from, name, sha256, bytes }, options));
  }
}
