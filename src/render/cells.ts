/** One cell as HTML, as much of it as its tags and metadata show. */
import type { Cell, CodeCell, Notebook, Output, RawCell } from "../nbformat/index.ts";
import type { Contents } from "./contents.ts";
import type { PageMath } from "./equations.ts";
import { highlight } from "./highlight.ts";
import { escapeHtml } from "./html.ts";
import { renderMarkdown, type MarkdownContext } from "./markdown.ts";
import { isTooDeep } from "./nesting.ts";
import { ownHtml, renderOutput } from "./outputs.ts";
import { tagsOf, visibilityOf, type Shown, type Visibility } from "./tags.ts";
import { renderSource } from "./text.ts";

/** What the cells of one page share. */
export interface PageContext {
  language: string;
  contents: Contents;
  math: PageMath;
  /** Ids of the cells with which the run failed, by index. */
  failed: ReadonlyMap<number, string>;
  folder: string | undefined;
  link: ((path: string) => string | undefined) | undefined;
  onFigure: (figure: unknown) => void;
  onDiagram: () => void;
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

const as = (shown: Shown, summary: string, kind: string, html: string): string =>
  shown === "shown" || html === "" ? html : shown === "folded" ? folded(summary, kind, html) : "";

async function codeCell(cell: CodeCell, visible: Visibility, page: PageContext, markdown: MarkdownContext): Promise<string> {
  const source = cell.source.replace(/\n+$/, "");
  const code =
    visible.input === "removed" || source.trim() === ""
      ? ""
      : `<pre class="code"><code>${await highlight(source, page.language)}</code></pre>`;
  const outputs: string[] = [];
  if (visible.output !== "removed")
    for (const output of withWholeStreams(cell.outputs))
      if (output.output_type !== "stream" || !visible.without.includes(output.name))
        outputs.push(await renderOutput(output, { markdown, onFigure: page.onFigure }));
  const results = outputs.length > 0 ? `<div class="outputs">${outputs.join("")}</div>` : "";
  return as(visible.input, "Code", "input", code) + as(visible.output, "Output", "output", results);
}

function rawHtml(source: string): string {
  try {
    return ownHtml(source);
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
  const visible = visibilityOf(cell);
  const id = page.failed.get(index);
  const place = id === undefined ? "" : ` id="${escapeHtml(id)}"`;
  if (visible.cell === "removed") return "";
  const { contents, math, folder, link, onDiagram } = page;
  const attachments = cell.cell_type === "code" ? undefined : cell.attachments;
  const markdown: MarkdownContext = { contents, math, folder, link, attachments, onDiagram, prefix: `c${index}-` };
  const html =
    cell.cell_type === "code"
      ? await codeCell(cell, visible, page, markdown)
      : cell.cell_type === "markdown"
        ? await renderMarkdown(cell.source, markdown)
        : await rawCell(cell, markdown);
  if (html === "") return "";
  const whole = tagsOf(cell).includes("solution") ? folded("Solution", "solution", html) : html;
  const hidden = cell.cell_type !== "code" && visible.input === "folded" ? "folded" : visible.cell;
  return `<div class="cell ${cell.cell_type}"${place}>${as(hidden, cell.cell_type === "code" ? "Cell" : "Text", "hidden", whole)}</div>`;
}
