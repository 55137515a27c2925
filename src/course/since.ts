/** Notebooks that what has changed in git since a revision touches: their own code, or a file that they depend on. */
import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { InputError } from "../errors.ts";
import { parseNotebook, readNotebook, type Notebook } from "../nbformat/index.ts";
import { findDependencies, isCode } from "./dependencies.ts";
import { codeInput, declaredReads, kernelFolder, lockfileOf } from "./run-key.ts";

/** What of a notebook has changed: "code cells", or names of files and folders as seen from it. Empty: nothing. */
export type Touched = string[];

const largestDiff = 1 << 28;

async function git(folder: string, ...words: string[]): Promise<string> {
  return (await promisify(execFile)("git", ["-C", folder, ...words], { maxBuffer: largestDiff })).stdout;
}

interface Revision {
  /** The checkout's folder. */
  root: string;
  commit: string;
  /** Absolute paths of files that differ, new and deleted ones among them. */
  changed: ReadonlySet<string>;
}

/** @throws {InputError} There is no git, no repository, or no such revision. */
async function readRevision(folder: string, ref: string): Promise<Revision> {
  const root = await git(folder, "rev-parse", "--show-toplevel").then(
    (text) => realpathSync(text.trimEnd()),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw new InputError("--since needs git, which is not installed", { cause: error });
      const hint = "--since compares with a revision of git; leave it out to take all notebooks";
      throw new InputError(`${folder} is not in a repository of git`, { hint, facts: { folder }, cause: error });
    },
  );
  const named = await git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`).catch((error: unknown) => {
    const hint = "give a branch, a tag or a commit: main, HEAD~3; in CI the checkout must have fetched it (fetch-depth: 0)";
    throw new InputError(`git knows no revision ${JSON.stringify(ref)} here`, { hint, facts: { ref, folder: root }, cause: error });
  });
  // What the other branch has done since is not this one's change.
  const commit = (await git(root, "merge-base", named.trim(), "HEAD").catch(() => named)).trim();
  const differing = await git(root, "diff", "--name-only", "-z", "--no-renames", commit, "--");
  const untracked = await git(root, "ls-files", "--others", "--exclude-standard", "-z");
  const names = `${differing}${untracked}`.split("\0").filter((name) => name !== "");
  return { root, commit, changed: new Set(names.map((name) => join(root, name))) };
}

/** The kernel's source, in the checkout of those who write it. */
const kernelSource = resolve(kernelFolder).replace(`${sep}dist${sep}`, sep);

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}${sep}`);
const isOfPackage = (path: string): boolean => isCode(path) || path.endsWith(".json");

async function touched(path: string, revision: Revision): Promise<Touched> {
  const { changed } = revision;
  const file = realpathSync(path);
  const [cwd, isItself] = [dirname(file), changed.has(file)];
  let notebook: Notebook;
  try {
    notebook = await readNotebook(path);
  } catch {
    return isItself ? ["the file"] : []; // it is not a notebook, as running it will say
  }
  const code = notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? [cell.source] : []));
  const { files, folders, packages } = findDependencies(code, cwd, changed);
  const lockfile = lockfileOf(cwd);
  const places = [
    ...files,
    ...folders,
    ...declaredReads(notebook).map((each) => resolve(cwd, each)),
    ...(lockfile === undefined ? [] : [lockfile]),
  ];
  const paths = [...changed];
  const hit = (place: string, counts: (each: string) => boolean = () => true): boolean =>
    paths.some((each) => isWithin(each, place) && counts(each));
  const names = [
    ...places.filter((place) => hit(place)).map((place) => relative(cwd, place)),
    ...packages.filter((place) => hit(place, isOfPackage)).map((place) => relative(cwd, place)),
    ...(hit(kernelSource, isOfPackage) ? ["the kernel"] : []),
  ];
  const hasOtherCode = isItself && (await codeBefore(file, revision)) !== codeInput(notebook).digest;
  return [...(hasOtherCode ? ["code cells"] : []), ...new Set(names)];
}

/** A digest of its code at the revision; nothing where it was not there, or was no notebook. */
async function codeBefore(file: string, { root, commit }: Revision): Promise<string | undefined> {
  try {
    const name = relative(root, file).split(sep).join("/");
    return codeInput(parseNotebook(await git(root, "show", `${commit}:${name}`), name)).digest;
  } catch {
    return undefined;
  }
}

/**
 * What has changed of each notebook since `ref`, or since the two parted, in the working tree as it is, with files that git does not know yet.
 * Text of Markdown cells does not count, nor what git ignores.
 *
 * @throws {InputError} There is no git, no repository, or no such revision.
 */
export async function touchedSince(paths: readonly string[], ref: string): Promise<Map<string, Touched>> {
  const revisions = new Map<string, Promise<Revision>>();
  const found = await Promise.all(
    paths.map(async (path): Promise<[string, Touched]> => {
      const folder = dirname(resolve(path));
      const revision = revisions.get(folder) ?? readRevision(folder, ref);
      revisions.set(folder, revision);
      return [path, await touched(path, await revision)];
    }),
  );
  return new Map(found);
}
