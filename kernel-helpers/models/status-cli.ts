/** `node status-cli.js`: what the manifest names and what of it is in the cache, as one line of JSON for `cairn doctor`. */
import { missingFiles } from "./cache.ts";
import { readManifest } from "./manifest.ts";

const status = readManifest().map(async (entry) => ({
  name: entry.name,
  kind: entry.kind,
  missingBytes: (await missingFiles(entry)).reduce((sum, { bytes }) => sum + bytes, 0),
}));
console.log(JSON.stringify(await Promise.all(status)));
