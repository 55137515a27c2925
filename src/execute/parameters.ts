/**
 * Parameters, as papermill has them: the cell tagged `parameters` declares names with their defaults, one declaration a line, and a cell
 * tagged `injected-parameters` with other values comes after it. In TypeScript it repeats each declaration as the author wrote it
 * (`const n: number = …`), so that the type stays what the following cells rely on; under tslab a later cell may declare a name again.
 *
 * Unlike papermill, which warns, a name that the notebook does not declare is an error: it is a misspelt one, most likely, and the run
 * would quietly use the default.
 */
import { InputError } from "../errors.ts";
import type { CodeCell, Notebook } from "../nbformat/index.ts";

interface Language {
  /** One match per declared name: group 1 is what stands before the value, group 2 the name. */
  declaration: RegExp;
  comment: string;
  literal: (value: unknown) => string;
}

const ecmaScript: Language = {
  declaration: /^((?:const|let|var)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?::[^=\n]+?)?)\s*=(?!=)/gmu,
  comment: "//",
  literal: (value) => JSON.stringify(value) ?? "undefined",
};

const python: Language = {
  declaration: /^(([\p{ID_Start}_]\p{ID_Continue}*)\s*(?::[^=\n]+?)?)\s*=(?!=)/gmu,
  comment: "#",
  literal: pythonLiteral,
};

const languages: Record<string, Language> = { typescript: ecmaScript, javascript: ecmaScript, python };

function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`);
    return `{${items.join(", ")}}`;
  }
  return JSON.stringify(value);
}

const indexOfTag = ({ cells }: Notebook, tag: string): number =>
  cells.findIndex((cell) => cell.cell_type === "code" && cell.metadata.tags?.includes(tag));

const languageName = ({ metadata }: Notebook): string => metadata.language_info?.name ?? metadata.kernelspec?.language ?? "typescript";

/** Name → what stands before its value in the declaration. */
function declarations(notebook: Notebook, { declaration }: Language): Map<string, string> {
  const source = notebook.cells[indexOfTag(notebook, "parameters")]?.source ?? "";
  return new Map([...source.matchAll(declaration)].map(([, before, name]) => [name!, before!.trimEnd()]));
}

/**
 * Puts a cell with the values into the notebook, in place of one from an earlier run.
 *
 * @throws {InputError} for a name that the notebook does not declare, and for a notebook in a language whose declarations are not known.
 */
export function injectParameters(notebook: Notebook, parameters: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(parameters);
  if (names.length === 0) return;
  const language = languages[languageName(notebook)];
  if (!language) {
    throw new InputError(
      `parameters can be given to notebooks in ${Object.keys(languages).join(", ")}; this one is in ${languageName(notebook)}`,
    );
  }
  const declared = declarations(notebook, language);
  const unknown = names.filter((name) => !declared.has(name));
  if (unknown.length > 0)
    throw new InputError(`the notebook has no parameter ${unknown.join(", ")} (${known(notebook, declared)})`, {
      facts: { unknown, declared: [...declared.keys()] },
    });
  const lines = names.map((name) => `${declared.get(name)} = ${language.literal(parameters[name])}`);
  const source = [`${language.comment} Parameters of this run`, ...lines].join("\n");
  const cell: CodeCell = { cell_type: "code", source, metadata: { tags: ["injected-parameters"] }, execution_count: null, outputs: [] };
  const earlier = indexOfTag(notebook, "injected-parameters");
  if (earlier < 0) notebook.cells.splice(indexOfTag(notebook, "parameters") + 1, 0, cell);
  else
    notebook.cells.splice(earlier, 1, {
      ...cell,
      ...(notebook.cells[earlier]!.id === undefined ? {} : { id: notebook.cells[earlier]!.id }),
    });
}

function known(notebook: Notebook, declared: Map<string, string>): string {
  if (indexOfTag(notebook, "parameters") < 0) return 'none of its cells has the tag "parameters"';
  return declared.size === 0 ? 'its cell tagged "parameters" declares none' : `it has ${[...declared.keys()].join(", ")}`;
}
