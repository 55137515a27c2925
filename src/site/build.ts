/** The course as pages: an index in the order of course.yaml, and each notebook with links to its neighbours. */
import { access } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readNotebook } from "../nbformat/index.ts";
import { isExecuted, renderNotebook, type PageLink } from "../render/index.ts";
import { replaceFile } from "../runtime/files.ts";
import type { Course, CourseNotebook } from "./course.ts";
import { renderIndex } from "./index-page.ts";

/** How a notebook's last run ended. */
export interface LastRun {
  status: string;
  seconds: number;
}

export interface BuildSiteOptions {
  course: Course;
  /** Folder for the pages; made where it is missing. */
  out: string;
  /** Folder with executed copies, named as in course.yaml. A notebook without a copy is taken as it is. */
  executed?: string;
  /** Last runs by file name, shown on the index. */
  runs?: ReadonlyMap<string, LastRun>;
}

export interface Site {
  /** Path of the index page. */
  index: string;
  /** Paths of the notebooks' pages, in order. */
  pages: string[];
  /** Files whose page shows no output, because nothing was executed. */
  withoutOutputs: string[];
}

const pageOf = ({ id }: CourseNotebook): string => `${id}.html`;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Links between notebooks of the course become links between their pages. */
function linkWithin(course: Course): (path: string) => string | undefined {
  const files = new Map(course.notebooks.map((notebook) => [notebook.file, pageOf(notebook)]));
  return (path) => files.get(basename(path));
}

/** @throws {NotebookFormatError} a notebook cannot be read. */
export async function buildSite({ course, out, executed, runs = new Map() }: BuildSiteOptions): Promise<Site> {
  const { notebooks } = course;
  const toLink = (notebook: CourseNotebook | undefined): PageLink | undefined =>
    notebook && { href: pageOf(notebook), title: notebook.title };
  const withoutOutputs: string[] = [];
  const pages: string[] = [];
  for (const [index, entry] of notebooks.entries()) {
    const copy = executed === undefined ? undefined : join(executed, entry.file);
    const source = copy !== undefined && (await exists(copy)) ? copy : entry.path;
    const notebook = await readNotebook(source);
    if (!isExecuted(notebook)) withoutOutputs.push(entry.file);
    const html = await renderNotebook(notebook, {
      title: entry.title,
      name: entry.file,
      folder: dirname(entry.path),
      link: linkWithin(course),
      navigation: {
        home: { href: "index.html", title: course.title },
        previous: toLink(notebooks[index - 1]),
        next: toLink(notebooks[index + 1]),
      },
    });
    const page = join(out, pageOf(entry));
    await replaceFile(page, html);
    pages.push(page);
  }
  const index = join(out, "index.html");
  await replaceFile(index, renderIndex(course, pageOf, runs));
  return { index, pages, withoutOutputs };
}
