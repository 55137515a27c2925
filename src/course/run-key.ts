/**
 * The name of a run in the cache: a hash of everything that decides what comes of it and can be known beforehand.
 *
 * It covers: the code cells with their tags and their places among the other cells; parameters, profile and allowErrors; the built-in
 * kernel with Node's version and platform; the lockfile; local modules that cells import, directly or not; packages of the workspace as
 * they are built; files and folders that the code names; what the notebook's metadata names under `cairn.reads`, and what a workspace
 * package's package.json names there.
 *
 * It does not cover: text of markdown cells (outputs go into the notebook as it is now), time limits (only runs that passed are kept),
 * the network, the clock, other environment variables, paths that code puts together, and what a run leaves outside its notebook.
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

/** Raised when entries of older versions no longer mean the same. */
const version = 1;
/** More files than a notebook names by hand: then the run is not cached, because looking at them would cost more than it saves. */
const mostFiles = 5000;
const lockfiles = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"];
/** The kernel's own code, built. */
const kernelFolder = fileURLToPath(new URL("../tslab-kernel/", import.meta.url));

function lockfileOf(folder: string): string | undefined {
  for (let place = folder; ; place = dirname(place)) {
    const found = lockfiles.map((name) => join(place, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (place === dirname(place)) return undefined;
  }
}

/** Its own `cairn.reads` in the metadata, relative to the notebook. */
function declaredReads({ metadata }: Notebook): string[] {
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

/** Nothing when the notebook depends on more files than can be looked at. */
export function runKey(notebook: Notebook, { cwd, parameters, allowErrors, env }: RunKeyOptions): string | undefined {
  const code = notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? [cell.source] : []));
  const { files, folders } = findDependencies(code, cwd);
  const declared = declaredReads(notebook).map((path) => resolve(cwd, path));
  const lockfile = lockfileOf(cwd);
  const given = [...declared, kernelFolder, ...folders].filter((path) => existsSync(path));
  const inFolders = given.flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]));
  const all = [...new Set([...files, ...inFolders, ...(lockfile === undefined ? [] : [lockfile])])].toSorted();
  if (all.length > mostFiles) return undefined;
  const hash = createHash("sha256");
  const settings = { version, node: process.version, platform: process.platform, arch: process.arch, allowErrors, parameters, env };
  add(hash, "settings", JSON.stringify(settings, exactly));
  add(hash, "format", `${notebook.nbformat}.${notebook.nbformat_minor}`);
  add(hash, "execution", JSON.stringify(notebook.metadata.execution ?? {}));
  add(hash, "cells", JSON.stringify(cellParts(notebook)));
  for (const path of all) add(hash, relative(cwd, path), readFileSync(path)); // a checkout may be moved
  return hash.digest("hex");
}
