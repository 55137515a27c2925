/**
 * The name of a run in the cache: a hash of everything that decides what comes of it and can be known beforehand.
 *
 * It covers: the code cells with their tags and their places among the other cells; parameters, profile and allowErrors; the built-in
 * kernel with Node's version and platform; the lockfile; local modules that cells import, directly or not; packages of the workspace as
 * they are built; files and folders that the code, or a module that it imports, names; environment variables that it reads by their
 * names; what the notebook's metadata names under `cairn.reads`, and what a workspace package's package.json names there.
 *
 * It does not cover: text of markdown cells (outputs go into the notebook as it is now), time limits (only runs that passed are kept),
 * the network, the clock, variables and paths whose names code puts together, and what a run leaves outside its notebook.
 */
import { createHash, type Hash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Notebook } from "../nbformat/index.ts";
import { findDependencies } from "./dependencies.ts";

export interface RunKeyOptions {
  /** The notebook's folder, absolute. */
  cwd: string;
  parameters: Record<string, unknown>;
  allowErrors: boolean;
  /** Variables that the caller sets for its kernels. */
  env: Record<string, string>;
}

/** One thing that decides what comes of a run, by a name for the reader, and a hash of what it is now. */
export interface RunInput {
  name: string;
  digest: string;
}

/** Raised when entries of older versions no longer mean the same. */
const version = 2;
/** More files than a notebook names by hand: then the run is not cached, because looking at them would cost more than it saves. */
const mostFiles = 5000;
const lockfiles = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"];
/** The kernel's own code, built. */
export const kernelFolder: string = fileURLToPath(new URL("../tslab-kernel/", import.meta.url));

export function lockfileOf(folder: string): string | undefined {
  for (let place = folder; ; place = dirname(place)) {
    const found = lockfiles.map((name) => join(place, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (place === dirname(place)) return undefined;
  }
}

/** Its own `cairn.reads` in the metadata, relative to the notebook. */
export function declaredReads({ metadata }: Notebook): string[] {
  const reads = (metadata.cairn as { reads?: unknown } | undefined)?.reads;
  return Array.isArray(reads) ? reads.filter((path): path is string => typeof path === "string") : [];
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".tsbuildinfo"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("node_modules") && !path.includes("/.git/"));
}

/** Each part with its length before it, so that two parts never read as one. */
function add(hash: Hash, label: string, content: string | Buffer): void {
  hash.update(`${label}\0${content.length}\0`).update(content).update("\0");
}

/** For JSON.stringify, which refuses bigints and makes null of NaN and Infinity. */
const exactly = (_: string, value: unknown): unknown =>
  typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value)) ? { [typeof value]: String(value) } : value;

const cellParts = ({ cells }: Notebook): unknown[] =>
  cells.map((cell) => (cell.cell_type === "code" ? [cell.source, cell.metadata.tags ?? [], cell.metadata.execution ?? {}] : 0));

const digestOf = (fill: (hash: Hash) => void): string => {
  const hash = createHash("sha256");
  fill(hash);
  return hash.digest("hex");
};

const valueInput = (name: string, value: unknown): RunInput => ({
  name,
  digest: digestOf((hash) => hash.update(JSON.stringify(value, exactly) ?? "")),
});

const filesInput = (name: string, paths: readonly string[], from: string): RunInput => ({
  name,
  digest: digestOf((hash) => {
    for (const path of paths) add(hash, relative(from, path), readFileSync(path));
  }),
});

/** A file or folder that a notebook depends on, with the name that readers know it by. */
interface Place {
  path: string;
  name: string;
  /** Its files; itself for a file. */
  within: string[];
}

interface Reached {
  places: Place[];
  variables: string[];
}

function reached(notebook: Notebook, cwd: string): Reached {
  const code = notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? [cell.source] : []));
  const { files, folders, variables } = findDependencies(code, cwd);
  const declared = declaredReads(notebook).map((path) => resolve(cwd, path));
  const lockfile = lockfileOf(cwd);
  const given = [...new Set([...files, ...folders, ...declared, ...(lockfile === undefined ? [] : [lockfile])])].filter((path) =>
    existsSync(path),
  );
  const nameOf = (path: string): string => (path === kernelFolder ? "the kernel" : relative(cwd, path)); // a checkout may be moved
  const places = [...given, kernelFolder].map((path) => ({
    path,
    name: nameOf(path),
    within: isFolder(path) ? filesIn(path).toSorted() : [path],
  }));
  return { places, variables };
}

const isFolder = (path: string): boolean => statSync(path).isDirectory();

/** Paths of all files that the notebook depends on, but for its own. */
export const filesReached = (notebook: Notebook, cwd: string): string[] => reached(notebook, cwd).places.flatMap(({ within }) => within);

/** What the notebook's own text decides. */
export const codeInput = (notebook: Notebook): RunInput =>
  valueInput("code cells", [notebook.nbformat, notebook.nbformat_minor, notebook.metadata.execution ?? {}, cellParts(notebook)]);

/** Nothing when the notebook depends on more files than can be looked at. */
export function runInputs(notebook: Notebook, { cwd, parameters, allowErrors, env }: RunKeyOptions): RunInput[] | undefined {
  const { places, variables } = reached(notebook, cwd);
  if (places.reduce((sum, { within }) => sum + within.length, 0) > mostFiles) return undefined;
  return [
    valueInput("Node and platform", { version, node: process.version, platform: process.platform, arch: process.arch }),
    codeInput(notebook),
    valueInput("parameters and options", { allowErrors, parameters, env }),
    ...variables.map((name) => valueInput(`process.env.${name}`, env[name] ?? process.env[name] ?? null)),
    ...places
      .map(({ path, name, within }) => filesInput(name, within, isFolder(path) ? path : dirname(path)))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  ];
}

export const keyOf = (inputs: readonly RunInput[]): string =>
  digestOf((hash) => {
    for (const { name, digest } of inputs) add(hash, name, digest);
  });
