/** Whatever a cell says, it becomes a page, and nothing in it runs. */
import { array, assert, asyncProperty, constantFrom } from "fast-check";
import type { Element, Root, RootContent } from "hast";
import rehypeRaw from "rehype-raw";
import { unified } from "unified";
import { expect, test } from "vitest";
import { renderNotebook } from "../../src/render/index.ts";
import { code, markdown, notebookOf, printed, shown } from "./sample.ts";

/** What markdown, HTML, LaTeX and addresses are made of, in no order. */
const pieces = [
  ...Array.from("[]()<>{}|-*_~`$%#^&\\\"'!: \t\n\0é1x"),
  ..."[^1]: [^1] ![ ]( ``` $$ \\( \\[ \\frac &#0; http:// a.ipynb attachment: data:image/png;base64, javascript:alert(1)".split(" "),
  ..."<a.href= <img.src= .onerror= <div> </div> <table> <td> <svg> <math> <!-- --> <script> </script>".replaceAll(".", "\t").split(" "),
  ..."\n\n,- [ ] ,> ,\ud83d".split(","),
];
const anyText = array(constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join(""));

async function pageOf(text: string): Promise<Element[]> {
  const outputs = [printed(text), ...["text/markdown", "text/latex", "text/plain"].map((type) => shown({ [type]: text }))];
  const html = await renderNotebook(notebookOf([markdown(text), code(text, outputs)]), { name: "a.ipynb", folder: "/nowhere" });
  const root: Root = unified()
    .use(rehypeRaw)
    .runSync({ type: "root", children: [{ type: "raw", value: html }] } as unknown as Root);
  return elementsIn(root.children);
}

const elementsIn = (nodes: readonly RootContent[]): Element[] =>
  nodes.flatMap((node) => (node.type === "element" ? [node, ...elementsIn(node.children)] : []));

const scriptsOf = (page: readonly Element[]): number => page.filter(({ tagName }) => tagName === "script").length;

test("any text becomes a page with no script and no handler of its own", async () => {
  const scripts = scriptsOf(await pageOf(""));
  await assert(
    asyncProperty(anyText, async (text) => {
      const page = await pageOf(text);
      expect(scriptsOf(page)).toBe(scripts);
      const attributes = page.flatMap(({ properties }) => Object.entries(properties));
      expect(
        attributes.filter(([name, value]) => /^on/i.test(name) || (/^(?:href|src)$/.test(name) && /^\s*javascript:/i.test(String(value)))),
      ).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
