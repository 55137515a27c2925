/** One cell as HTML, as its tags ask: remove-cell, remove-input, remove-output, hide-input, solution. */
import type { Cell, CodeCell, Notebook, Output, RawCell } from "../nbformat/index.ts";
import type { Contents } from "./contents.ts";
import type { PageMath } from "./equations.ts";
import { highlight } from "./highlight.ts";
import { balanceHtml, escapeHtml } from "./html.ts";
import { renderMarkdown, type MarkdownContext } from "./markdown.ts";
import { isTooDeep } from "./nesting.ts";
import { renderOutput } from "./outputs.ts";
import { renderSource } from "./text.ts";

/** What the cells of one page share. */
export interface PageContext {
  language: string;
  contents: Contents;
  math: PageMath;
  folder: string | undefined;
  link: ((path: string) => string | undefined) | undefined;
  onFigure: (figure: unknown) => void;
}

export function languageOf(notebook: Notebook): string {
  return notebook.metadata.language_info?.name ?? notebook.metadata.kernelspec?.language ?? "typescript";
}

/** What one stream wrote in several pieces is one text: a piece may begin with a carriage return. */
function withWholeStreams(outputs: readonly Output[]): Output[] {
  const whole: Output[] = [];
  for (const output of outputs) {
    const last = whole.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name)
      whole[whole.length - 1] = { ...last, text: last.text + output.text };
    else whole.push(output);
  }
  return whole;
}

const folded = (summary: string, kind: string, html: string): string =>
  `<details class="${kind}"><summary>${summary}</summary>${html}</details>`;

async function codeCell(cell: CodeCell, tags: readonly string[], page: PageContext, markdown: MarkdownContext): Promise<string> {
  const parts: string[] = [];
  if (!tags.includes("remove-input") && cell.source.trim() !== "") {
    const code = `<pre class="code"><code>${await highlight(cell.source.replace(/\n+$/, ""), page.language)}</code></pre>`;
    parts.push(tags.includes("hide-input") ? folded("Code", "input", code) : code);
  }
  if (!tags.includes("remove-output") && cell.outputs.length > 0) {
    const outputs: string[] = [];
    for (const output of withWholeStreams(cell.outputs)) outputs.push(await renderOutput(output, { markdown, onFigure: page.onFigure }));
    parts.push(`<div class="outputs">${outputs.join("")}</div>`);
  }
  return parts.join("");
}

function rawHtml(source: string): string {
  try {
    return `<div class="html">${balanceHtml(source)}</div>`;
  } catch (error) {
    if (isTooDeep(error)) return renderSource(source, error);
    throw error;
  }
}

/** Raw cells are for one target: HTML and markdown for us, no target for all, anything else for somebody else. */
async function rawCell(cell: RawCell, markdown: MarkdownContext): Promise<string> {
  const type = cell.metadata.raw_mimetype ?? cell.metadata.format ?? "";
  if (type === "text/html") return rawHtml(cell.source);
  if (type === "text/markdown") return renderMarkdown(cell.source, markdown);
  return type === "" && cell.source.trim() !== "" ? `<pre class="text result">${escapeHtml(cell.source)}</pre>` : "";
}

export async function renderCell(cell: Cell, index: number, page: PageContext): Promise<string> {
  const tags = Array.isArray(cell.metadata.tags) ? cell.metadata.tags : [];
  if (tags.includes("remove-cell")) return "";
  const { contents, math, folder, link } = page;
  const attachments = cell.cell_type === "code" ? undefined : cell.attachments;
  const markdown: MarkdownContext = { contents, math, folder, link, attachments, prefix: `c${index}-` };
  const html =
    cell.cell_type === "code"
      ? await codeCell(cell, tags, page, markdown)
      : cell.cell_type === "markdown"
        ? await renderMarkdown(cell.source, markdown)
        : await rawCell(cell, markdown);
  if (html === "") return "";
  const whole = tags.includes("solution") ? folded("Solution", "solution", html) : html;
  return `<div class="cell ${cell.cell_type}">${whole}</div>`;
}
