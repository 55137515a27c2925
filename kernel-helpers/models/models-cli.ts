/**
 * `node models-cli.js`: what there is of models and data sets, for `cairn models`, `cairn course` and `cairn doctor`.
 *   list               a table
 *   status             one line of JSON: name and missing bytes of each entry of the manifest
 *   fetch NAME …       fetches them, saying first how much that is; also names on the hub
 *   remove NAME …      takes them out of the cache
 * Exit code: 0, 1 when one cannot be fetched, 2 for an unknown name, 130 when interrupted.
 */
import { HelperError, InterruptedError } from "../errors.ts";
import { nearest } from "../runtime/check.ts";
import { readableBytes } from "../runtime/progress.ts";
import { fetchEntry, missingBytes } from "./fetch-entry.ts";
import { parseHubName } from "./hub/name.ts";
import { repositoryEntry } from "./hub/repository.ts";
import { readManifest, type ManifestEntry } from "./manifest.ts";
import { pinnedEntries, removeEntry } from "./stored.ts";

const manifest = readManifest();

async function list(): Promise<void> {
  const width = Math.max(...manifest.map(({ name }) => name.length));
  const row = (name: string, size: string, state: string, licence: string): string =>
    `  ${name.padEnd(width)}  ${size.padStart(8)}  ${state.padEnd(18)}  ${licence}`;
  for (const [kind, title] of [
    ["model", "models"],
    ["dataset", "data sets"],
  ] as const) {
    console.log(title);
    for (const entry of manifest.filter((candidate) => candidate.kind === kind)) {
      const bytes = await missingBytes(entry);
      const state = bytes === 0 ? "in the cache" : `${readableBytes(bytes)} to fetch`;
      console.log(row(entry.name, readableBytes(sizeOf(entry)), state, entry.licence));
    }
  }
  const pinned = await pinnedEntries();
  if (pinned.length > 0) console.log("from the hub");
  for (const entry of pinned) {
    const bytes = await missingBytes(entry);
    const files = entry.files.map(({ path }) => path);
    const state = bytes === 0 ? "in the cache" : `${readableBytes(bytes)} to fetch`;
    console.log(
      `${row(entry.name, readableBytes(sizeOf(entry)), state, entry.licence)}\n    ${files.join(", ")}, commit ${entry.revision}`,
    );
  }
}

const sizeOf = ({ files }: ManifestEntry): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

async function status(): Promise<void> {
  const entries = manifest.map(async (entry) => ({ name: entry.name, missingBytes: await missingBytes(entry) }));
  console.log(JSON.stringify(await Promise.all(entries)));
}

async function fetchAll(names: readonly string[]): Promise<void> {
  const wanted: ManifestEntry[] = [];
  for (const name of names) {
    const entry = await attempt(async () => knownEntry(name) ?? repositoryEntry(parseHubName(name)!));
    if (entry) wanted.push(entry);
  }
  const sizes = await Promise.all(wanted.map(async (entry) => ({ entry, bytes: await missingBytes(entry) })));
  const missing = sizes.filter(({ bytes }) => bytes > 0);
  if (missing.length > 0) {
    const total = missing.length > 1 ? `, ${readableBytes(missing.reduce((sum, { bytes }) => sum + bytes, 0))} in all` : "";
    console.error(`fetches ${listed(missing.map(({ entry, bytes }) => `${entry.name} (${readableBytes(bytes)})`))}${total}`);
  }
  for (const { entry } of sizes) {
    const files = await attempt(() => fetchEntry(entry));
    if (files) console.error(`${entry.kind} ${entry.name} is there (${entry.licence}, ${entry.homepage})`);
  }
}

async function removeAll(names: readonly string[]): Promise<void> {
  const pinned = await pinnedEntries();
  for (const name of names) {
    const repository = parseHubName(name)?.repository;
    const entries = repository === undefined ? [knownEntry(name)!] : pinned.filter((entry) => entry.name === repository);
    let bytes = 0;
    for (const entry of entries) bytes += await removeEntry(entry);
    console.log(bytes === 0 ? `${name} was not in the cache` : `${name}: ${readableBytes(bytes)} removed`);
  }
}

/** What fails is said, and the others go on. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!HelperError.is(error)) throw error;
    console.error(error.message);
    if (error instanceof InterruptedError) process.exit(130);
    process.exitCode = 1;
    return undefined;
  }
}

const knownEntry = (name: string): ManifestEntry | undefined => manifest.find((entry) => entry.name === name);

/** "one", "one and two", "one, two and three". */
const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;

/** Ends the program where a name can be nothing. */
function checkNames(names: readonly string[]): void {
  if (names.length === 0) fail("names are missing", `the manifest has ${manifest.map(({ name }) => name).join(", ")}`);
  for (const name of names) {
    if (knownEntry(name) || parseHubName(name)) continue;
    const known = manifest.map((entry) => entry.name);
    const meant = nearest(name, known);
    const guess = meant === undefined ? "" : `did you mean "${meant}"? `;
    fail(`there is no model or data set "${name}"`, `${guess}the manifest has ${known.join(", ")}; models on the hub are owner/name`);
  }
}

function fail(what: string, hint: string): never {
  console.error(`${what}\n  hint: ${hint}`);
  process.exit(2);
}

const [command = "list", ...names] = process.argv.slice(2);
if (command === "fetch" || command === "remove") checkNames(names);
if (command === "list") await list();
else if (command === "status") await status();
else if (command === "fetch") await fetchAll(names);
else if (command === "remove") await removeAll(names);
else fail(`there is no command "${command}"`, "list, fetch NAME …, remove NAME …");
