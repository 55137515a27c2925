/** `node status-cli.js`: which entries of the manifest notebooks need, and how much of each is not in the cache, as one line of JSON for `cairn doctor`. */
import { missingFiles } from "./cache.ts";
import { readManifest } from "./manifest.ts";

const needed = readManifest().filter((entry) => !entry.optional);
const status = needed.map(async (entry) => ({
  name: entry.name,
  kind: entry.kind,
  missingBytes: (await missingFiles(entry)).reduce((sum, { bytes }) => sum + bytes, 0),
}));
console.log(JSON.stringify(await Promise.all(status)));
