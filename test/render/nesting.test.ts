/** Text that nests without end: shown, or refused by name, and the rest of the page is whole. */
import { assert, asyncProperty, constantFrom, integer } from "fast-check";
import { expect, test } from "vitest";
import { renderNotebook } from "../../src/render/index.ts";
import { checkNesting, NestingError } from "../../src/render/nesting.ts";
import { code, markdown, notebookOf, shown } from "./sample.ts";

const deepList = (depth: number): string => Array.from({ length: depth }, (_, level) => `${"  ".repeat(level)}- a`).join("\n");
const deepJson = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

async function pageWith(...cells: Parameters<typeof notebookOf>[0]): Promise<string> {
  const html = await renderNotebook(notebookOf([...cells, markdown("the **end**")]));
  expect(html).toContain('<div class="cell markdown"><p>the <strong>end</strong></p></div>');
  return html;
}

test.each([
  ["a list in a list", deepList(1000), "its lists and quotations go more than 100 levels deep"],
  ["a list in one line", "- ".repeat(2000), "its lists and quotations go more than 100 levels deep"],
  ["a quotation", `${">".repeat(5000)} a`, "its lists and quotations go more than 100 levels deep"],
  ["lists in quotations", `${"> - ".repeat(500)}a`, "its lists and quotations go more than 100 levels deep"],
  ["tags in markdown", "<div>".repeat(2000), "its HTML has more than 512 elements within each other"],
  ["emphasis", "*a ".repeat(2500) + "b* ".repeat(2500), "a paragraph has more than 1000 marks of emphasis and links"],
  ["links", "[".repeat(50_000), "a paragraph has more than 1000 marks of emphasis and links"],
  ["addresses", "www.a_".repeat(5000), "a paragraph has more than 1000 marks of emphasis and links"],
])("%s beyond all reading is shown as its source, with the reason", async (_, text, reason) => {
  expect(await pageWith(markdown(text))).toContain(`<p class="note">Shown as its source: ${reason}.</p>`);
});

test.each(["<b>", "<div>", "<span class=a>", "<ul><li>", "<svg><g>", "<table><tr><td>"])(
  "2,000 times %s in an output is left out by name",
  async (tag) => {
    const html = await pageWith(code("", [shown({ "text/html": tag.repeat(2000), "text/plain": "a table" })]));
    expect(html).toContain(
      '<pre class="text result">a table</pre><p class="note">Left out here, text/html: its HTML has more than 512 elements within each other. The notebook has it.</p>',
    );
  },
);

test("what nests no deeper than a browser's parser goes is shown", async () => {
  const html = await pageWith(code("", [shown({ "text/html": `${"<div>".repeat(500)}deep` })]), markdown(deepList(40)));
  expect(html).toContain(`deep${"</div>".repeat(500)}`);
  expect(html.match(/<ul>/g)).toHaveLength(40);
});

test("elements without end tags are beside each other, not within", async () => {
  const html = await pageWith(
    code("", [shown({ "text/html": `<table>${"<tr><td>a<td>b".repeat(3000)}</table><ul>${"<li>c<p>d".repeat(3000)}</ul>` })]),
  );
  expect(html.match(/<td>b<\/td><\/tr>/g)).toHaveLength(3000);
});

test("JSON and figures deeper than the stack are left out by name", async () => {
  for (const type of ["application/json", "application/vnd.plotly.v1+json"]) {
    const html = await pageWith(code("", [shown({ [type]: { data: deepJson(20_000) }, "text/plain": "instead" })]));
    expect(html).toContain(`instead</pre><p class="note">Left out here, ${type}: it is nested too deeply.`);
  }
});

test.each([
  ["\\begin{a}", ""],
  ["\\\\(", ""],
  ["$1", ""],
  ["$$1 ", "$$"],
  ["``` `", ""],
])("20,000 times %j with %j at the end is a paragraph", async (opening, end) => {
  expect(await pageWith(markdown(opening.repeat(20_000) + end))).not.toContain("Shown as its source");
});

test("20,000 beginnings of as many names, with their ends in another paragraph, are text", async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => Array.from(String(index), (digit) => "abcdefghij"[Number(digit)]).join(""));
  const text = (word: string): string => names.map((name) => `\\${word}{${name}}`).join("");
  expect(await pageWith(markdown(`${text("begin")}\n\n${text("end")}`))).toContain("\\end{bjjjj}");
});

test("a formula that nests too deeply for KaTeX is its source", async () => {
  const html = await pageWith(markdown(`$${"\\frac{1}{".repeat(3000)}x${"}".repeat(3000)}$`));
  expect(html).toContain('<code class="math-error" title="nested too deeply">');
});

test.each([
  ["code is not text", `\`\`\`js\n${"a*b*c[d]".repeat(2000)}\n\`\`\``],
  ["each row of a table is a paragraph", `a|b\n-|-\n${"*a*|**b**\n".repeat(1000)}`],
  ["each item of a list is a paragraph", "- *a* [b](c)\n".repeat(1000)],
  ["steps of a list do not nest", "1. a\n   - b\n     - c\n".repeat(1000)],
])("%s", (_, text) => expect(() => checkNesting(text)).not.toThrow());

test("any nesting of any containers ends in a page", async () => {
  const openings = constantFrom(
    "> ",
    "- ",
    "1. ",
    "  - ",
    "<div>",
    "<b>",
    "*a ",
    "[",
    "![a](",
    "{",
    "\\begin{x}",
    "$$",
    "`",
    "<td>",
    "\n",
    "\n> ",
  );
  await assert(
    asyncProperty(openings, openings, integer({ min: 1, max: 1500 }), async (one, other, count) => {
      await pageWith(markdown((one + other).repeat(count)), code("", [shown({ "text/html": (one + other).repeat(count) })]));
    }),
    { numRuns: 20 },
  );
});

test("the refusal is an error of its own", () => expect(() => checkNesting(deepList(101))).toThrow(NestingError));
