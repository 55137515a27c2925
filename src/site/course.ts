/** course.yaml: the one place that says which notebooks there are, in which order, and what they build on. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { InputError } from "../errors.ts";
import { Reader } from "./reader.ts";

export interface CourseStage {
  id: string;
  title: string;
}

export interface CourseNotebook {
  /** The file's name without ".ipynb", as prerequisites name it. */
  id: string;
  /** Name of the file in the course's folder. */
  file: string;
  /** The file as reached from the working directory. */
  path: string;
  title: string;
  /** One sentence on what it is about. */
  summary: string;
  /** Id of a stage. */
  stage: string;
  /** Minutes on two CPU cores, by profile. */
  minutes: { quick: number; full: number };
  /** Ids of notebooks that come first. */
  needs: string[];
  /** Models and data sets of datasets/manifest.json that its code loads, by profile; none where course.yaml does not say. */
  fetches: { quick: string[]; full: string[] };
}

/** A node of the skill tree. */
export interface Skill {
  id: string;
  label: string;
  group: string;
  /** Ids of the skills beneath. */
  needs: string[];
}

/** A way through the course for one kind of reader. */
export interface Route {
  for: string;
  first: string;
  next: string;
  why: string;
}

export interface Course {
  title: string;
  summary: string;
  stages: CourseStage[];
  /** In reading order, which is the order of prerequisites, too. */
  notebooks: CourseNotebook[];
  skills: Skill[];
  routes: Route[];
}

async function load(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new InputError(`cannot read the course from ${file}`, { hint: "run this in the folder that holds notebooks/", cause: error });
  });
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new InputError(`${file} is not YAML: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function readNotebookEntry(entry: Reader, folder: string): CourseNotebook {
  const file = entry.text("file");
  if (!/^[^/\\]+\.ipynb$/.test(file)) throw entry.wrong("file", `"${file}" is not the name of a notebook in this folder`);
  const minutes = entry.object("minutes");
  return {
    id: file.replace(/\.ipynb$/, ""),
    file,
    path: join(folder, file),
    title: entry.text("title"),
    summary: entry.text("summary"),
    stage: entry.text("stage"),
    minutes: { quick: minutes.number("quick"), full: minutes.number("full") },
    needs: entry.texts("needs"),
    fetches: readFetches(entry),
  };
}

/** One list, or one for each profile. */
function readFetches(entry: Reader): CourseNotebook["fetches"] {
  if (!entry.has("fetches")) return { quick: [], full: [] };
  if (entry.isList("fetches")) return { quick: entry.texts("fetches"), full: entry.texts("fetches") };
  const byProfile = entry.object("fetches");
  return { quick: byProfile.texts("quick"), full: byProfile.texts("full") };
}

/** Each id once, and each need named before what needs it: then the order of the list is an order in which one can learn. */
function checkOrder(what: string, file: string, list: readonly { id: string; needs: string[] }[]): void {
  const seen = new Set<string>();
  for (const { id, needs } of list) {
    if (seen.has(id)) throw new InputError(`${file} lists the ${what} "${id}" twice`);
    const missing = needs.find((need) => !seen.has(need));
    if (missing !== undefined) {
      throw new InputError(`${file}: the ${what} "${id}" needs "${missing}", which does not come before it`, {
        hint: `before it come: ${[...seen].join(", ") || "none"}`,
      });
    }
    seen.add(id);
  }
}

/**
 * Reads `folder`/course.yaml and sees that what it lists is there.
 *
 * @throws {InputError} The file is missing, a field that is missing or of the wrong kind, an unknown prerequisite, a notebook without its file.
 */
export async function readCourse(folder: string): Promise<Course> {
  const file = join(folder, "course.yaml");
  const root = Reader.of(await load(file), file);
  const course: Course = {
    title: root.text("title"),
    summary: root.text("summary"),
    stages: root.objects("stages").map((entry) => ({ id: entry.text("id"), title: entry.text("title") })),
    notebooks: root.objects("notebooks").map((entry) => readNotebookEntry(entry, folder)),
    skills: root.objects("skills").map((entry) => ({
      id: entry.text("id"),
      label: entry.text("label"),
      group: entry.text("group"),
      needs: entry.texts("needs"),
    })),
    routes: root.objects("routes").map((entry) => ({
      for: entry.text("for"),
      first: entry.text("first"),
      next: entry.text("next"),
      why: entry.text("why"),
    })),
  };
  checkOrder("notebook", file, course.notebooks);
  checkOrder("skill", file, course.skills);
  const stages = course.stages.map(({ id }) => id);
  for (const { id, stage, path } of course.notebooks) {
    if (!stages.includes(stage)) {
      throw new InputError(`${file}: the notebook "${id}" is of the unknown stage "${stage}"`, { hint: `stages: ${stages.join(", ")}` });
    }
    await access(path).catch((error: unknown) => {
      throw new InputError(`${file} lists ${id}.ipynb, but ${path} is not there`, {
        hint: "add the notebook, or take its entry out of course.yaml",
        cause: error,
      });
    });
  }
  return course;
}
