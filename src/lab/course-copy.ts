/**
 * The learner's copy of the course, so that `git pull` meets no changed notebook. What is missing is copied, what nobody has changed since it was
 * copied follows the course, and what the learner has changed is never written to: a newer version of the course goes beside it.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { replaceFile } from "../runtime/files.ts";

/** A notebook of the learner's, and the newer version of the course that was put beside it. */
export interface Newer {
  file: string;
  beside: string;
}

export interface CourseCopy {
  /** Files that were not there. */
  copied: string[];
  /** Files that have followed the course. */
  updated: string[];
  newer: Newer[];
}

/** What is known of a file of the course, as fingerprints: the version in the copy, and the one last put beside it. */
interface Version {
  taken: string;
  offered?: string;
}

/** Hidden, and so not shown by JupyterLab. */
const recordFile = ".cairn.json";

const sorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** What a notebook says: without the layout of its JSON, and without what JupyterLab notes about the kernel by itself. */
function contentOf(file: string, text: string): string {
  if (extname(file) !== ".ipynb") return text;
  try {
    const { metadata, ...notebook } = JSON.parse(text) as { metadata?: Record<string, unknown> };
    const { kernelspec: _, language_info: __, ...rest } = metadata ?? {};
    return JSON.stringify({ ...notebook, metadata: rest }, sorted);
  } catch {
    return text; // broken JSON is something that the learner has changed
  }
}

const fingerprint = (file: string, text: string): string => createHash("sha256").update(contentOf(file, text)).digest("hex").slice(0, 16);

const readIfThere = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);

/** Where it is missing or broken nothing is known, and every file that is not as the course has it counts as changed. */
async function readRecord(copy: string): Promise<Map<string, Version>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(join(copy, recordFile), "utf8")) as Record<string, Version>));
  } catch {
    return new Map();
  }
}

/** "05-autograd.ipynb" → "05-autograd.course-3f2a1b.ipynb": each version has a name of its own, so that none replaces another. */
function besideName(file: string, version: string): string {
  const ending = extname(file);
  return `${file.slice(0, file.length - ending.length)}.course-${version.slice(0, 6)}${ending}`;
}

const besidePattern = /\.course-[0-9a-f]{6}\.ipynb$/;

/** Versions of the course that lie beside notebooks of the learner's. */
export async function besideIn(copy: string): Promise<string[]> {
  return (await readdir(copy)).filter((name) => besidePattern.test(name)).toSorted();
}

/**
 * Brings the copy up to date; makes it where there is none.
 *
 * @param course The folder with the course's notebooks.
 * @param copy The learner's folder.
 */
export async function updateCopy(course: string, copy: string): Promise<CourseCopy> {
  const record = await readRecord(copy);
  const report: CourseCopy = { copied: [], updated: [], newer: [] };
  const entries = await readdir(course, { withFileTypes: true });
  for (const { name: file } of entries.filter((entry) => entry.isFile() && !entry.name.startsWith("."))) {
    const text = await readFile(join(course, file), "utf8");
    const mine = await readIfThere(join(copy, file));
    const known = record.get(file);
    const newest = fingerprint(file, text);
    const current = mine === undefined ? undefined : fingerprint(file, mine);
    if (current === newest) {
      // What only the layout or the kernel's description tells apart is the course's again: JupyterLab would mark an old description as a change.
      if (mine !== text) await replaceFile(join(copy, file), text);
      record.set(file, { taken: newest });
    } else if (current === undefined || current === known?.taken) {
      await replaceFile(join(copy, file), text);
      (current === undefined ? report.copied : report.updated).push(file);
      record.set(file, { taken: newest });
    } else if (known?.taken !== newest && known?.offered !== newest) {
      const beside = besideName(file, newest);
      if (!existsSync(join(copy, beside))) await replaceFile(join(copy, beside), text);
      report.newer.push({ file, beside });
      record.set(file, { taken: known?.taken ?? "", offered: newest });
    }
  }
  await replaceFile(join(copy, recordFile), `${JSON.stringify(Object.fromEntries(record), undefined, 2)}\n`);
  return report;
}
