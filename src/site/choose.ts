/** A part of the course: the notebooks of a stage, or some by number or name. */
import { InputError } from "../errors.ts";
import { nearest } from "../runtime/nearest.ts";
import type { Course, CourseNotebook } from "./course.ts";

export interface Choice {
  /** Id or title of a stage. */
  stage?: string | undefined;
  /** Numbers or names, with commas between: "05,07", "05-autograd", "autograd". */
  only?: string | undefined;
}

/** The notebooks that were chosen, in the order of the course; all of them where nothing was. @throws {InputError} An unknown name. */
export function chooseNotebooks({ notebooks, stages }: Course, { stage, only }: Choice): CourseNotebook[] {
  if (stage !== undefined && only !== undefined)
    throw new InputError("--stage and --only exclude each other", { hint: "give one of them" });
  if (stage !== undefined) {
    const found = stages.find(({ id, title }) => [id, title].some((name) => name.toLowerCase() === stage.toLowerCase()));
    if (!found)
      throw unknown(
        "stage",
        stage,
        stages.map(({ id }) => id),
      );
    return notebooks.filter((notebook) => notebook.stage === found.id);
  }
  if (only === undefined) return notebooks;
  const names = only
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw new InputError("--only names no notebook", { hint: "give numbers or names: --only 05,07" });
  const chosen = new Set(names.map((name) => named(name, notebooks)));
  return notebooks.filter((notebook) => chosen.has(notebook));
}

function named(name: string, notebooks: readonly CourseNotebook[]): CourseNotebook {
  const wanted = name.replace(/\.ipynb$/, "").toLowerCase();
  const found = notebooks.find(({ id }) => {
    const [, number, words] = /^(\d+)-(.+)$/.exec(id.toLowerCase()) ?? [];
    return [id.toLowerCase(), number, String(Number(number)), words].includes(wanted);
  });
  if (found) return found;
  throw unknown(
    "notebook",
    name,
    notebooks.flatMap(({ id }) => [id, id.replace(/^\d+-/, "")]),
    notebooks.map(({ id }) => id),
  );
}

function unknown(what: string, name: string, candidates: readonly string[], all: readonly string[] = candidates): InputError {
  const meant = nearest(name, candidates);
  return new InputError(`the course has no ${what} "${name}"`, {
    hint: `${meant === undefined ? "" : `did you mean "${meant}"? `}It has ${all.join(", ")}`,
    facts: { name, expected: all },
  });
}
