/**
 * Parameters, as papermill has them: the cell tagged `parameters` declares names with their defaults, one declaration a line, and a cell
 * tagged `injected-parameters` with other values comes after it. In TypeScript it repeats each declaration as the author wrote it
 * (`const n: number = …`), so that the type stays what the following cells rely on; under tslab a later cell may declare a name again.
 *
 * Unlike papermill, which warns, a name that the notebook does not declare is an error: it is a misspelt one, most likely, and the run
 * would quietly use the default.
 */
import { InputError } from "../errors.ts";
import { ecmaScriptLiteral, pythonLiteral } from "./literals.ts";
import { languageOf, type CodeCell, type Notebook } from "../nbformat/index.ts";

interface Language {
  /** One match per declared name: group 1 is what stands before the value, group 2 the name, group 3 the rest of the line. */
  declaration: RegExp;
  comment: string;
  literal: (value: unknown) => string;
  /** Whether an integer that no double holds may stand where this is declared. */
  takesBigInt: (declaration: Declaration) => boolean;
}

interface Declaration {
  before: string;
  /** What the author has assigned, to the end of the line. */
  assigned: string;
}

const ecmaScript: Language = {
  declaration: /^((?:const|let|var)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?::[^=\n]+?)?)\s*=(?!=)([^\n]*)/gmu,
  comment: "//",
  literal: ecmaScriptLiteral,
  takesBigInt: ({ before, assigned }) =>
    /:\s*bigint\s*$/.test(before) || /^\s*(-?\s*(\d[\d_]*|0[xob][\da-f_]+)n\b|BigInt\()/i.test(assigned),
};

const python: Language = {
  declaration: /^(([\p{ID_Start}_]\p{ID_Continue}*)\s*(?::[^=\n]+?)?)\s*=(?!=)([^\n]*)/gmu,
  comment: "#",
  literal: pythonLiteral,
  takesBigInt: () => true,
};

const languages: Record<string, Language> = { typescript: ecmaScript, javascript: ecmaScript, python };

const indexOfTag = ({ cells }: Notebook, tag: string): number =>
  cells.findIndex((cell) => cell.cell_type === "code" && cell.metadata.tags?.includes(tag));

/** Name → its declaration. */
function declarations(notebook: Notebook, { declaration }: Language): Map<string, Declaration> {
  const source = notebook.cells[indexOfTag(notebook, "parameters")]?.source ?? "";
  return new Map(
    [...source.matchAll(declaration)].map(([, before, name, assigned]) => [name!, { before: before!.trimEnd(), assigned: assigned! }]),
  );
}

/** @throws {InputError} naming the parameter, where the language would not keep its value. */
function assignment(name: string, value: unknown, declaration: Declaration, { literal, takesBigInt }: Language): string {
  if (typeof value === "bigint" && !takesBigInt(declaration)) {
    throw new InputError(
      `the parameter ${name} = ${value} would be rounded to ${BigInt(Number(value))}: a number holds integers up to 2^53 exactly`,
      {
        hint: `give it as a text, '"${value}"', or declare ${name} in the notebook as a bigint, 0n`,
        facts: { parameter: name, value: String(value) },
      },
    );
  }
  const isNowBigInt = typeof value === "number" && Number.isInteger(value) && literal === ecmaScriptLiteral && takesBigInt(declaration);
  return `${declaration.before} = ${literal(isNowBigInt ? BigInt(value) : value)}`;
}

/**
 * Puts a cell with the values into the notebook, in place of one from an earlier run.
 *
 * @throws {InputError} for a name that the notebook does not declare, and for a notebook in a language whose declarations are not known.
 */
export function injectParameters(notebook: Notebook, parameters: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(parameters);
  if (names.length === 0) return;
  const language = languages[languageOf(notebook)];
  if (!language) {
    throw new InputError(
      `parameters can be given to notebooks in ${Object.keys(languages).join(", ")}; this one is in ${languageOf(notebook)}`,
    );
  }
  const declared = declarations(notebook, language);
  const unknown = names.filter((name) => !declared.has(name));
  if (unknown.length > 0)
    throw new InputError(`the notebook has no parameter ${unknown.join(", ")} (${known(notebook, declared)})`, {
      facts: { unknown, declared: [...declared.keys()] },
    });
  const lines = names.map((name) => assignment(name, parameters[name], declared.get(name)!, language));
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

function known(notebook: Notebook, declared: Map<string, Declaration>): string {
  if (indexOfTag(notebook, "parameters") < 0) return 'none of its cells has the tag "parameters"';
  return declared.size === 0 ? 'its cell tagged "parameters" declares none' : `it has ${[...declared.keys()].join(", ")}`;
}
