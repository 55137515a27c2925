/** `node fetch-cli.js [name …]`: fetches the named entries of the manifest, or all that notebooks need, so that the course runs offline afterwards. Exit code 1 when one cannot be fetched. */
import { fetchEntry } from "./fetch-entry.ts";
import { readManifest } from "./manifest.ts";

const names = process.argv.slice(2);
const entries = readManifest().filter((entry) => (names.length === 0 ? !entry.optional : names.includes(entry.name)));
const unknown = names.filter((name) => !entries.some((entry) => entry.name === name));
if (unknown.length > 0) {
  console.error(
    `the manifest has no ${unknown.join(", ")}; it has ${readManifest()
      .map((entry) => entry.name)
      .join(", ")}`,
  );
  process.exit(2);
}
for (const entry of entries) {
  try {
    await fetchEntry(entry);
    console.error(`${entry.kind} ${entry.name} is there (${entry.licence}, ${entry.homepage})`);
  } catch (error) {
    process.exitCode = 1;
    console.error((error as Error).message);
  }
}
