/**
 * Code in colours, at build time, by Shiki's TextMate grammars. A token gets a class for its kind; the page's style gives each kind one
 * colour for light and one for dark, so the HTML stays small and follows the reader's choice.
 */
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from "shiki/core";
import { createOnigurumaEngine } from "shiki/engine/oniguruma";
import { bundledLanguages, type BundledLanguage } from "shiki/langs";
import { escapeHtml } from "./html.ts";

const prefix = "--code-";
const theme = "kinds";

/** Shiki's kinds and our classes. What has no class is in the text's own colour. */
const classes: Record<string, string> = {
  keyword: "k",
  string: "s",
  "string-expression": "s",
  comment: "c",
  constant: "n",
  function: "f",
  parameter: "p",
  link: "s",
  inserted: "s",
  deleted: "k",
};

let highlighter: Promise<HighlighterCore> | undefined;
const loads = new Map<BundledLanguage, Promise<void>>();

/** A kernel's and a reader's names for languages that Shiki calls otherwise. */
const aliases: Record<string, string> = { ipython: "python", ipython3: "python", "c++": "cpp" };

function known(language: string): BundledLanguage | undefined {
  const name = language.toLowerCase();
  const id = aliases[name] ?? name;
  return id in bundledLanguages ? (id as BundledLanguage) : undefined;
}

async function ready(language: BundledLanguage): Promise<HighlighterCore> {
  highlighter ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: theme, variablePrefix: prefix })],
    langs: [],
    // Three times as fast as the engine in JavaScript, and the one that grammars are written for.
    engine: createOnigurumaEngine(import("shiki/wasm")),
  });
  const shiki = await highlighter;
  let load = loads.get(language);
  if (!load) loads.set(language, (load = shiki.loadLanguage(bundledLanguages[language])));
  await load;
  return shiki;
}

/** Lines beyond this length are data, not code: they are shown without colours. */
const longestLine = 4000;

/** So are cells of more lines than this: where each opens something in the one before, the grammar's stack is walked for each. */
const mostLines = 5000;

/** Code as the inside of `<pre><code>`. A language that is not known stays without colours. */
export async function highlight(code: string, language: string): Promise<string> {
  const id = known(language);
  if (id === undefined || code.split("\n", mostLines + 1).length > mostLines) return escapeHtml(code);
  const shiki = await ready(id);
  // No limit of time: on a busy machine it would leave a page's first lines without colours.
  const lines = shiki.codeToTokensBase(code, { lang: id, theme, tokenizeMaxLineLength: longestLine, tokenizeTimeLimit: 0 });
  return lines
    .map((line) =>
      line
        .map(({ content, color }) => {
          const kind = classes[color?.slice(`var(${prefix}token-`.length, -1) ?? ""];
          return kind === undefined ? escapeHtml(content) : `<span class="${kind}">${escapeHtml(content)}</span>`;
        })
        .join(""),
    )
    .join("\n");
}
