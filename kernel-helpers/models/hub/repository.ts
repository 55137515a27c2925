/**
 * A repository of the hub as an entry of the manifest: which files, with their checksums, at which commit. What was found is kept in the cache, so the same
 * name is the same commit ever after, also offline.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { FormatError, UnavailableError } from "../../errors.ts";
import { cacheFolder } from "../../runtime/cache-folder.ts";
import { replaceFile } from "../../runtime/files.ts";
import { ask, withRetries, type RetryOptions } from "../answer.ts";
import { install, withDraftFolder } from "../cache.ts";
import type { ManifestEntry, ManifestFile } from "../manifest.ts";
import { addressOnHub, hubAddress } from "./address.ts";
import type { HubName } from "./name.ts";
import { pickFiles } from "./pick.ts";
import { hubRequest } from "./request.ts";

export interface HubQuery extends HubName {
  files?: readonly string[];
}

interface ListedFile {
  path: string;
  size: number;
  /** git's name of the blob. */
  oid?: string;
  /** Large files: `oid` is the SHA-256. */
  lfs?: { oid: string; size: number };
}

/** The entry for a query: as it was found the first time, else as the hub has it now. */
export async function repositoryEntry(query: HubQuery, options: RetryOptions = {}): Promise<ManifestEntry> {
  const pin = pinOf(query);
  try {
    return JSON.parse(await readFile(pin, "utf8")) as ManifestEntry;
  } catch {
    const entry = await findEntry(query, options).catch((error: unknown) => {
      throw isSilence(error) ? outOfReach(query.repository, error) : error;
    }); // no pin yet, or a torn one
    replaceFile(pin, JSON.stringify(entry, undefined, 2));
    return entry;
  }
}

/** As opposed to an answer of the hub's. */
const isSilence = (error: unknown): error is UnavailableError => error instanceof UnavailableError && "host" in error.facts;

function outOfReach(repository: string, cause: UnavailableError): UnavailableError {
  return new UnavailableError(`${repository} is not in the cache, and the hub cannot be asked: ${cause.summary}`, {
    hint: `with a network, npx cairn models fetch ${repository} gets it, and then none is needed; HF_ENDPOINT can name a mirror of the hub`,
    facts: { ...cause.facts, repository },
    cause,
  });
}

export function pinsFolder(): string {
  return path.join(cacheFolder(), "models", ".pins");
}

function pinOf(query: HubQuery): string {
  const { repository, revision, quantisation, file, files } = query;
  const key = createHash("sha256")
    .update(JSON.stringify([repository, revision, quantisation, file, files]))
    .digest("hex");
  return path.join(pinsFolder(), `${repository.replace("/", "--")}-${key.slice(0, 12)}.json`);
}

async function findEntry(query: HubQuery, options: RetryOptions): Promise<ManifestEntry> {
  const { repository, revision } = query;
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  const hub = { hubUrl: hubAddress(), fetch: hubFetch(repository, options) };
  const about = await modelInfo({ ...hub, name: repository, revision: revision ?? "main", additionalFields: ["cardData", "sha", "tags"] });
  const listed: ListedFile[] = [];
  for await (const file of listFiles({ ...hub, repo: repository, revision: about.sha, recursive: true })) {
    if (file.type === "file") listed.push(file);
  }
  const picked = pickFiles(
    query,
    query.files,
    listed.map((file) => file.path),
  );
  const entry: ManifestEntry = {
    name: repository,
    kind: "model",
    description: `${picked.length} ${picked.length === 1 ? "file" : "files"} of ${repository} on the hub`,
    licence: licenceOf(about),
    homepage: `${hubAddress()}/${repository}`,
    revision: about.sha,
    files: [],
    sources: [{ kind: "hub", repository, revision: about.sha }],
  };
  for (const file of listed.filter((candidate) => picked.includes(candidate.path)))
    entry.files.push(await withChecksum(entry, file, options));
  return entry;
}

/** As the model's card says it; "other" has a name of its own. */
function licenceOf({ cardData, tags }: { cardData?: unknown; tags: string[] }): string {
  const card = (cardData ?? {}) as { license?: string | string[]; license_name?: string };
  const licence = [card.license ?? tags.find((tag) => tag.startsWith("license:"))?.slice("license:".length) ?? []].flat().join(", ");
  if (licence === "other" && card.license_name) return card.license_name;
  return licence === "" ? "no licence named" : licence;
}

/** The hub tells the SHA-256 of large files only. Of others it tells git's hash: they are fetched and checked by that now. */
async function withChecksum(entry: ManifestEntry, file: ListedFile, options: RetryOptions): Promise<ManifestFile> {
  if (file.lfs) return { path: file.path, sha256: file.lfs.oid, bytes: file.lfs.size };
  const { repository, revision } = entry.sources[0] as { repository: string; revision: string };
  const response = await hubFetch(repository, options)(addressOnHub({ repository, revision }, file.path));
  const content = Buffer.from(await response.arrayBuffer());
  const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
  if (file.oid !== undefined && oid !== file.oid) {
    throw new FormatError(`${repository}/${file.path} has git's hash ${oid}, expected ${file.oid}`, {
      hint: "try again, or another mirror",
      facts: { repository, path: file.path, expected: file.oid, found: oid },
    });
  }
  const listed = { path: file.path, sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length };
  await withDraftFolder(async (folder) => {
    const draft = path.join(folder, "file");
    await writeFile(draft, content);
    await install(entry, listed, draft);
  });
  return listed;
}

/** For @huggingface/hub: with our time limits, our errors, and further attempts. */
function hubFetch(repository: string, options: RetryOptions): typeof fetch {
  const { headers, refusal } = hubRequest(repository);
  const { origin } = new URL(hubAddress());
  const whole = async (response: Response): Promise<Response> =>
    new Response(await response.arrayBuffer(), { status: response.status, headers: response.headers });
  return (input) => {
    const address = input instanceof Request ? input.url : input.toString();
    const own = new URL(address).origin === origin ? { headers: headers ?? {} } : {}; // the token is for the hub alone
    return withRetries(() => ask(address, { ...own, refusal, signal: options.signal }, whole), options);
  };
}
