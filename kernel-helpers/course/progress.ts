/** Which exercises a learner has done: one empty file each in the cache folder, so that notebooks run side by side lose nothing. */
import { checkText } from "../runtime/check.ts";
import { displayable, escapeHtml, type Displayable } from "../runtime/printable.ts";
import { exercises } from "./exercises/all.ts";
import { replaceFile } from "../runtime/files.ts";
import { fileIn, filesIn } from "./store.ts";

export function markDone(id: string): void {
  replaceFile(fileIn("progress", id), "");
}

/** The ids of a notebook's exercises, in order; its number as two digits. */
export function exerciseIds(notebook: string): string[] {
  checkText("notebook", notebook, { hint: 'pass its number as two digits: "01"' });
  return exercises.filter(({ id }) => id.startsWith(`${notebook}-`)).map(({ id }) => id);
}

export interface Progress extends Displayable {
  /** Number of the notebook → its exercises, and whether each is done. */
  notebooks: Record<string, Record<string, boolean>>;
}

/** The exercises of the course and which of them are done. As the last expression of a cell it shows itself. */
export function progress(): Progress {
  const done = new Set(filesIn("progress"));
  const numbers = [...new Set(exercises.map(({ id }) => id.slice(0, 2)))].toSorted();
  const notebooks = Object.fromEntries(
    numbers.map((number) => [number, Object.fromEntries(exerciseIds(number).map((id) => [id, done.has(id)]))]),
  );
  const rows = numbers.map((number) => {
    const ids = Object.entries(notebooks[number]!); // of the object itself "14" would come before "00"
    return {
      number,
      count: `${ids.filter(([, isDone]) => isDone).length}/${ids.length}`,
      text: ids.map(([id, isDone]) => `${isDone ? "✓" : "○"} ${id}`).join("  "),
    };
  });
  return displayable({ notebooks }, () => ({
    "text/html":
      `<table><caption>Exercises done</caption><thead><tr><th scope="col">notebook</th><th scope="col">done</th><th scope="col">exercises</th></tr></thead><tbody>` +
      `${rows.map(({ number, count, text }) => `<tr><td>${number}</td><td>${count}</td><td style="text-align:left">${escapeHtml(text)}</td></tr>`).join("")}</tbody></table>`,
    "text/plain": rows.map(({ number, count, text }) => `${number}  ${count}  ${text}`).join("\n"),
  }));
}
