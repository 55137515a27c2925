/** Files and folders of the command line → the notebooks they stand for, each with the place of what is made of it. */
import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { InputError } from "../errors.ts";

export interface NotebookFile {
  /** As reached from the working directory. */
  path: string;
  /** Where its executed copy or its page goes. */
  output: string;
}

/** Notebooks of a folder and of those beneath, by name; hidden folders, packages and the one for what is made, if any, are not looked into. */
async function notebooksIn(folder: string, outFolder: string | undefined): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith("."));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules" && (outFolder === undefined || resolve(path) !== resolve(outFolder))) {
      found.push(...(await notebooksIn(path, outFolder)));
    } else if (entry.name.endsWith(".ipynb") && !entry.isDirectory()) {
      found.push(path);
    }
  }
  return found;
}

async function notebooksAt(path: string, outFolder: string | undefined): Promise<{ path: string; name: string }[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw new InputError(`${path} does not exist`, {
      hint: "give notebooks (.ipynb) or folders that hold some",
      facts: { path },
      cause: error,
    });
  });
  const hint = "notebooks are files that end in .ipynb";
  if (!found.isDirectory()) {
    if (!path.endsWith(".ipynb")) throw new InputError(`${path} is not a notebook`, { hint, facts: { path } });
    return [{ path, name: basename(path) }];
  }
  const paths = await notebooksIn(path, outFolder);
  if (paths.length === 0) throw new InputError(`there is no notebook in ${path}`, { hint, facts: { path } });
  return paths.map((file) => ({ path: file, name: relative(path, file) }));
}

/** Notebooks that are worked on where they are; one that is given twice is taken once. @throws {InputError} As findNotebooks. */
export async function findNotebookPaths(paths: readonly string[]): Promise<string[]> {
  const found = (await Promise.all(paths.map((path) => notebooksAt(path, undefined)))).flat();
  return [...new Map(found.map(({ path }) => [resolve(path), path])).values()];
}

/**
 * What is made of a file gets its name, a folder's notebooks keep their place beneath the folder. A notebook given twice is taken once.
 *
 * @param ending Of the files that are made.
 * @throws {InputError} a path that is not there, a folder without notebooks, two notebooks with one place, or a copy that would replace its source.
 */
export async function findNotebooks(
  paths: readonly string[],
  outFolder: string,
  ending: ".ipynb" | ".html" = ".ipynb",
): Promise<NotebookFile[]> {
  const found = new Map<string, NotebookFile>();
  const places = new Map<string, string>();
  for (const { path, name } of (await Promise.all(paths.map((each) => notebooksAt(each, outFolder)))).flat()) {
    const file = { path, output: join(outFolder, name.replace(/\.ipynb$/, ending)) };
    const [source, place] = [resolve(path), resolve(file.output)];
    if (found.has(source)) continue;
    if (source === place) {
      throw new InputError(`${file.path} would be replaced by its executed copy`, { hint: "give another folder with --out" });
    }
    const other = places.get(place);
    if (other !== undefined) {
      throw new InputError(`${other} and ${file.path} would both be written to ${file.output}`, {
        hint: "give the folder that holds both, or use a different --out for each",
      });
    }
    found.set(source, file);
    places.set(place, file.path);
  }
  for (const [place, path] of places) {
    if (found.has(place))
      throw new InputError(`${place} would be replaced by the executed copy of ${path}`, { hint: "give another folder with --out" });
  }
  return [...found.values()];
}
