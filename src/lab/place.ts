/** What `cairn lab` opens: the learner's copy of the course, a notebook of it by its name, or any folder or file. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../errors.ts";

export interface Place {
  /** JupyterLab's root; the learner's copy of the course when absent. */
  folder?: string;
  /** The file of it to begin with. */
  file?: string;
}

async function notebooksOf(course: string): Promise<string[]> {
  return (await readdir(course)).filter((file) => file.endsWith(".ipynb")).toSorted();
}

/** "05-autograd", "05" and "5" mean 05-autograd.ipynb. */
function isNamed(file: string, name: string): boolean {
  const stem = basename(file, ".ipynb");
  const wanted = basename(name, ".ipynb");
  return stem === wanted || stem.startsWith(`${/^\d$/.test(wanted) ? `0${wanted}` : wanted}-`);
}

export interface CourseFolders {
  /** Of the course's notebooks. */
  course: string;
  /** Of the learner's copy. */
  copy: string;
}

/**
 * @param argument What the command line names; paths are tried before names of the course.
 * @throws {InputError} There is no such place, or more than one.
 */
export async function findPlace(argument: string | undefined, { course, copy }: CourseFolders): Promise<Place> {
  if (argument === undefined) return {};
  const found = await stat(argument).catch(() => undefined);
  const path = resolve(argument);
  if (found?.isDirectory()) return path === copy ? {} : { folder: path };
  if (found) return [course, copy].includes(dirname(path)) ? { file: basename(path) } : { folder: dirname(path), file: basename(path) };
  const files = await notebooksOf(course);
  const named = files.filter((file) => isNamed(file, argument));
  if (named.length === 1) return { file: named[0]! };
  const names = (named.length > 1 ? named : files).map((file) => basename(file, ".ipynb")).join(", ");
  throw new InputError(
    named.length > 1 ? `"${argument}" may be one of ${named.length} notebooks` : `there is no folder, file or notebook "${argument}"`,
    { hint: `${named.length > 1 ? "say which" : "the course's notebooks are"}: ${names}` },
  );
}

/** The copy is in the checkout, where cells find the packages; it is not in git, and `cairn clean` does not remove it. */
export const courseFolders = (checkout: string): CourseFolders => ({
  course: join(checkout, "notebooks"),
  copy: join(checkout, "my-notebooks"),
});
