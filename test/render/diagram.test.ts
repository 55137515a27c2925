/** Mermaid's diagrams as a page holds them; a browser draws them in test/e2e/rich-page.test.ts. */
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { renderNotebook } from "../../src/render/index.ts";
import { code, markdown, notebookOf, sample, shown } from "./sample.ts";

const diagram = (source: string): string => `\`\`\`mermaid\n${source}\n\`\`\``;
const pageOf = (...cells: Parameters<typeof notebookOf>[0]): Promise<string> => renderNotebook(notebookOf(cells));

test("a page with a diagram brings Mermaid along, once, and no other page does", async () => {
  const html = await pageOf(markdown(diagram("graph TD; A-->B")), markdown(diagram("graph TD; A-->B")));
  const [packed, ...more] = html.match(/(?<=data-library="mermaid">)[^<]+/g) ?? [];
  expect(more).toEqual([]);
  expect(gunzipSync(Buffer.from(packed!, "base64")).toString()).toContain("mermaid");
  expect(packed!.length).toBeLessThan(1_100_000);
  expect(await renderNotebook(sample)).not.toContain('data-library="mermaid"');
  expect(await pageOf(markdown("```js\nmermaid\n```"), code("graph TD; A-->B"))).not.toContain("data-library");
});

test.each([
  ["in a text", markdown(diagram("graph TD; A-->B"))],
  ["of a cell", code("show", [shown({ "text/vnd.mermaid": "graph TD; A-->B", "text/plain": "a diagram" })])],
])("the source of a diagram %s stands on the page, to be read where no script runs", async (_, cell) => {
  const html = (await pageOf(cell)).replace(/<\/?span[^>]*>/g, "");
  expect(html).toContain(
    '<details open><summary>The diagram\u2019s source</summary><pre class="code"><code>graph TD; A--&gt;B</code></pre></details>',
  );
});

test("a picture that an output has beside its diagram is shown instead", async () => {
  const html = await pageOf(code("show", [shown({ "text/vnd.mermaid": "graph TD; A-->B", "image/png": "AAAA" })]));
  expect(html).toContain('<img src="data:image/png;base64,AAAA"');
  expect(html).not.toContain("data-library");
});

test.each([
  ["flowchart LR\n  a --> b", "Diagram: flowchart"],
  ["---\ntitle: Ways\n---\nflowchart LR\n  a", "Ways"],
  ["%% a comment\n\nsequenceDiagram\n  accTitle: Who asks <whom>", "Who asks &lt;whom&gt;"],
  ["pie title Tokens\n", "Diagram: pie"],
  ["", "Diagram: Mermaid"],
])("%j is called %j for those who listen", async (source, name) => {
  expect(await pageOf(markdown(diagram(source)))).toContain(`role="img" aria-label="${name}"`);
});

test.each(["mindmap\n  root", "%%{init: {}}%%\narchitecture-beta\n  group a"])("%j is named as what a page cannot draw", async (source) => {
  const html = await pageOf(markdown(diagram(source)));
  expect(html).toMatch(/A Mermaid diagram of the kind (?:mindmap|architecture-beta), which a page cannot draw: this is its source\./);
  expect(html).not.toContain("data-library");
});
