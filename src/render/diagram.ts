/**
 * A Mermaid diagram: its source, which the page's script folds away once it has drawn the diagram, and which is what is read where no script runs.
 * Mermaid draws only within a browser. A page brings the library's small edition (1.0 MB, packed), which has all diagrams but mind maps and
 * architecture.
 */
import { escapeHtml } from "./html.ts";
import { packedScript } from "./packed.ts";

export const mermaidScript = (): Promise<string> => packedScript("@mermaid-js/tiny/dist/mermaid.tiny.js");

/** What the small edition of the library cannot draw, by the word that a diagram begins with. */
const missing = /^(?:mindmap|architecture)/;

/** The word that says what is drawn, after a title between dashes, comments and directives. */
function kindOf(source: string): string {
  const text = source.replace(/^\s*---\n[^]*?\n---[ \t]*(?:\n|$)/, "").replace(/^[ \t]*%%.*$/gm, "");
  return /^\s*([\w-]+)/.exec(text)?.[1] ?? "";
}

/** What screen readers are told: the author's own title, else the kind. */
function titleOf(source: string): string {
  const [, title] = /^\s*(?:accTitle\s*:|title\s*:?\s)[ \t]*(\S.*)$/m.exec(source) ?? [];
  return title?.trim() ?? `Diagram: ${kindOf(source) || "Mermaid"}`;
}

/** @param onDiagram Told when there is something that Mermaid is to draw. */
export function renderDiagram(source: string, code: string, onDiagram: () => void): string {
  const listing = `<pre class="code"><code>${code}</code></pre>`;
  if (missing.test(kindOf(source)))
    return `${listing}<p class="note">A Mermaid diagram of the kind ${escapeHtml(kindOf(source))}, which a page cannot draw: this is its source.</p>`;
  onDiagram();
  return [
    '<figure class="mermaid">',
    `<div class="diagram" role="img" aria-label="${escapeHtml(titleOf(source))}"></div>`,
    '<p class="note" role="status"></p>',
    `<details open><summary>The diagram\u2019s source</summary>${listing}</details>`,
    "</figure>",
  ].join("");
}
