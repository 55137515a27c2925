/** Files of a repository on Hugging Face's hub or on a mirror of it (CAIRN_HUB, or HF_ENDPOINT as Hugging Face's own tools call it). */
import path from "node:path";
import { install, withDraftFolder } from "./cache.ts";
import { download, type DownloadOptions } from "./download.ts";
import type { HubSource, ManifestEntry, ManifestFile } from "./manifest.ts";

export function hubAddress(): string {
  return (process.env["CAIRN_HUB"] || process.env["HF_ENDPOINT"] || "https://huggingface.co").replace(/\/+$/, "");
}

export async function fetchFromHub(
  entry: ManifestEntry,
  source: HubSource,
  missing: ManifestFile[],
  options: DownloadOptions,
): Promise<void> {
  await withDraftFolder(async (folder) => {
    for (const [index, file] of missing.entries()) {
      const name = source.names?.[file.path] ?? file.path;
      const draft = path.join(folder, String(index));
      await download(`${hubAddress()}/${source.repository}/resolve/${source.revision}/${encodeURI(name)}`, draft, options);
      await install(entry, file, draft);
    }
  });
}
