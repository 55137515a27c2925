/**
 * Outputs as HTML. The policy: an output's HTML is the author's own, made by code that the author ran, and is shown as it is, scripts
 * included; the page's content security policy keeps it off the network. Pictures, text and JSON are data and can hold no script; markdown
 * is sanitised. JavaScript outputs are not run.
 */
import type { ErrorOutput, MimeBundle, Output } from "../nbformat/index.ts";
import { stripAnsi } from "./ansi.ts";
import { plotlyType, renderFigure, tableType } from "./figure.ts";
import { renderDiagram } from "./diagram.ts";
import { highlight } from "./highlight.ts";
import { escapeHtml, parseHtml, stringifyHtml } from "./html.ts";
import { dataAddress } from "./images.ts";
import { deniedTo, leftOutNote, noNetwork, poorerNote } from "./left-out.ts";
import { renderMarkdown, type MarkdownContext } from "./markdown.ts";
import { renderLatex } from "./math.ts";
import { isTooDeep, nestingReason } from "./nesting.ts";
import { renderText } from "./text.ts";

/** What the rendering of outputs needs from the page and gives to it. */
export interface OutputContext {
  markdown: MarkdownContext;
  /** Told of each figure that Plotly is to draw. */
  onFigure: (figure: unknown) => void;
}

type Metadata = Record<string, unknown>;

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** A length in pixels from metadata; anything else is not put into the page. */
function lengths(metadata: Metadata, type: string): string {
  const own = (metadata[type] ?? {}) as Metadata;
  return ["width", "height"]
    .map((name) => [name, own[name] ?? metadata[name]] as const)
    .map(([name, value]) => (typeof value === "number" && value > 0 ? ` ${name}="${Math.round(value)}"` : ""))
    .join("");
}

function picture(type: string, bundle: MimeBundle, metadata: Metadata): string | undefined {
  const address = dataAddress(type, bundle[type]);
  if (address === undefined) return undefined;
  const description = textOf(metadata.alt ?? bundle["text/plain"] ?? "Picture made by the cell above");
  return `<img src="${address}" alt="${escapeHtml(stripAnsi(description).slice(0, 500))}"${lengths(metadata, type)}>`;
}

async function json(value: unknown): Promise<string> {
  const text = JSON.stringify(value, null, 2) ?? "null";
  if (text.length > 200_000) return renderText(text, "result");
  return `<pre class="text result">${await highlight(text, "json")}</pre>`;
}

type Renderer = (bundle: MimeBundle, metadata: Metadata, context: OutputContext) => string | undefined | Promise<string | undefined>;

/** The author's own HTML, and what of it the page's policy denies. */
export function ownHtml(value: unknown): string {
  const root = parseHtml(textOf(value));
  return `<div class="html">${stringifyHtml(root)}</div>${leftOutNote(deniedTo(root), noNetwork)}`;
}

async function figure(bundle: MimeBundle, metadata: Metadata, context: OutputContext): Promise<string> {
  const { [plotlyType]: value, [tableType]: table, ...rest } = bundle;
  context.onFigure(value);
  if (table === undefined) return renderFigure(value, await renderBundle(rest, metadata, context));
  return renderFigure(value, ownHtml(table), dataAddress("image/svg+xml", rest["image/svg+xml"]));
}

/** Richest first, in JupyterLab's order. The first that the bundle has, and that can be shown, is shown. */
const renderers: Record<string, Renderer> = {
  [plotlyType]: figure,
  "text/html": (bundle) => ownHtml(bundle["text/html"]),
  "text/markdown": async (bundle, _, { markdown }) =>
    `<div class="markdown">${await renderMarkdown(textOf(bundle["text/markdown"]), markdown)}</div>`,
  "text/latex": (bundle, _, { markdown }) => renderLatex(textOf(bundle["text/latex"]), markdown.math),
  ...Object.fromEntries(
    ["image/svg+xml", "image/png", "image/jpeg", "image/webp", "image/gif"].map((type): [string, Renderer] => [
      type,
      (bundle, metadata) => picture(type, bundle, metadata),
    ]),
  ),
  "text/vnd.mermaid": async (bundle, _, { markdown }) => {
    const source = textOf(bundle["text/vnd.mermaid"]);
    return renderDiagram(source, await highlight(source, "mermaid"), markdown.onDiagram);
  },
  "application/json": (bundle) => json(bundle["application/json"]),
  "text/plain": (bundle) => renderText(textOf(bundle["text/plain"]), "result"),
};

function tooDeep(type: string, error: Error): string {
  return `<p class="note">Left out here, ${escapeHtml(type)}: ${escapeHtml(nestingReason(error))}. The notebook has it.</p>`;
}

async function renderBundle(bundle: MimeBundle, metadata: Metadata, context: OutputContext): Promise<string> {
  for (const [type, render] of Object.entries(renderers)) {
    if (bundle[type] == null) continue; // null is allowed by Jupyter's programs, and says nothing
    try {
      const html = await render(bundle, metadata, context);
      if (html === undefined) continue;
      const unknown = Object.keys(bundle).filter((other) => !(other in renderers) && other !== tableType);
      return html + poorerNote(unknown, type);
    } catch (error) {
      if (!isTooDeep(error)) throw error;
      const { [type]: _, ...poorer } = bundle;
      return (await renderBundle(poorer, metadata, context)) + tooDeep(type, error);
    }
  }
  const types = Object.keys(bundle);
  return types.length === 0 ? "" : `<p class="note">A page cannot show this output: ${escapeHtml(types.join(", "))}.</p>`;
}

/** Name and message as a headline, then the traceback as the kernel wrote it, where it says more. */
function renderError({ ename, evalue, traceback }: ErrorOutput): string {
  const headline = stripAnsi(evalue === "" ? ename : `${ename}: ${evalue}`).trim();
  const text = traceback.join("\n");
  const more = stripAnsi(text).trim() === headline ? "" : renderText(text, "traceback");
  return `<div class="error"><p>${escapeHtml(headline)}</p>${more}</div>`;
}

export async function renderOutput(output: Output, context: OutputContext): Promise<string> {
  if (output.output_type === "stream") return renderText(output.text, output.name);
  if (output.output_type === "error") return renderError(output);
  return renderBundle(output.data, output.metadata, context);
}
