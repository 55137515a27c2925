/** Whole pages: every kind of output, the tags, what a hostile notebook can do (nbconvert's notebook_inject), what a page carries. */
import rehypeRaw from "rehype-raw";
import { unified } from "unified";
import { describe, expect, test } from "vitest";
import { parseNotebook } from "../../src/nbformat/index.ts";
import { renderNotebook } from "../../src/render/index.ts";
import { code, markdown, notebookOf, png, printed, sample, shown } from "./sample.ts";

/** The text of the page: what is inside `main`. */
const mainOf = (html: string): string => /<main id="main">\n(.*)\n<\/main>/s.exec(html)![1]!;

const rendered = async (...outputs: Parameters<typeof shown>): Promise<string> =>
  mainOf(await renderNotebook(notebookOf([code("", [shown(...outputs)])], { title: "t" })));

describe("outputs", () => {
  test("the richest type that can be shown is shown, in JupyterLab's order", async () => {
    expect(await rendered({ "text/plain": "plain", "text/html": "<b>html</b>", "image/png": png })).toContain(
      '<div class="html"><b>html</b></div>',
    );
    expect(await rendered({ "text/plain": "plain", "text/markdown": "*md*", "image/png": png })).toContain("<em>md</em>");
    expect(await rendered({ "text/plain": "plain", "image/png": png })).toContain(`<img src="data:image/png;base64,${png}" alt="plain">`);
    expect(await rendered({ "text/plain": "plain", "application/vnd.vega.v5+json": {} })).toContain('<pre class="text result">plain</pre>');
    expect(await rendered({ "text/plain": "plain", "text/html": null as never })).toContain('<pre class="text result">plain</pre>');
  });

  test("an output that no page can show says so", async () => {
    expect(await rendered({ "application/vnd.vega.v5+json": {} })).toContain(
      "A page cannot show this output: application/vnd.vega.v5+json.",
    );
    expect(await rendered({ "application/javascript": "alert(1)" })).toContain("A page cannot show this output: application/javascript.");
  });

  test("a picture has the size its metadata gives, and base64 with line breaks is read", async () => {
    const broken = `${png.slice(0, 40)}\n${png.slice(40)}\n`;
    expect(await rendered({ "image/png": broken }, { "image/png": { width: 64, height: 32 } })).toContain(
      `${png}" alt="Picture made by the cell above" width="64" height="32">`,
    );
  });

  test("HTML that is not closed ends with its output", async () => {
    const html = await rendered({ "text/html": "<div><b>open <table><tr><td>x" });
    expect(html).toContain("<td>x</td></tr></tbody></table></b></div></div></div></div>");
  });

  test("a failure has its name and message as headline, and the traceback beneath", async () => {
    const error = {
      output_type: "error" as const,
      ename: "RangeError",
      evalue: "boom",
      traceback: ["cell[3]:2:7", "\x1b[31mRangeError\x1b[0m: boom"],
    };
    const html = mainOf(await renderNotebook(notebookOf([code("f()", [error])])));
    expect(html).toContain(
      '<div class="error"><p>RangeError: boom</p><pre class="text traceback">cell[3]:2:7\n<span class="ansi-1-fg">RangeError</span>: boom</pre></div>',
    );
  });

  test("a very long text is cut in the middle, and the page says so", async () => {
    const lines = Array.from({ length: 20_000 }, (_, line) => `line ${line}`);
    const html = mainOf(await renderNotebook(notebookOf([code("", [printed(`${lines.join("\n")}\n`)])])));
    expect(html).toContain("line 1999</pre>");
    expect(html).toContain("… 17,500 lines are left out here; the notebook has them.");
    expect(html).toContain("line 19999</pre>");
    expect(html).not.toContain("line 2000\n");
  });

  test("a figure brings Plotly once, its numbers beneath, and JSON that ends no script", async () => {
    const figure = {
      data: [{ type: "bar", x: ["</script><script>alert(1)</script>"], y: [1] }],
      layout: { title: { text: "A <b>title</b>" } },
    };
    const output = shown({ "application/vnd.plotly.v1+json": figure, "text/html": "<table><tr><td>1</td></tr></table>" });
    const html = await renderNotebook(notebookOf([code("", [output, output])]));
    expect(html.match(/<script type="application\/gzip" data-library="plotly">/g)).toHaveLength(1);
    expect(mainOf(html)).not.toContain("<script>alert");
    expect(mainOf(html)).toContain('aria-label="A  title"');
    expect(mainOf(html)).toContain("<details open><summary>The figure in numbers</summary>");
  });

  test("a figure of the library has its table beneath, and where no script runs its picture", async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
    const html = await rendered({
      "application/vnd.plotly.v1+json": { data: [], layout: { title: { text: "A > B" } } },
      "image/svg+xml": svg,
      "text/vnd.cairn.table.v1+html": "<table><tr><td>1</td></tr></table>",
      "text/plain": "[bar] A > B",
    });
    expect(html).toContain(
      `<noscript><img src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}" alt="A &gt; B"></noscript><details open><summary>The figure in numbers</summary><div class="html"><table><tbody><tr><td>1</td></tr></tbody></table></div></details>`,
    );
  });

  test("the whole of Plotly comes only where the small bundle lacks a trace", async () => {
    const page = async (type: string): Promise<number> => {
      const output = shown({ "application/vnd.plotly.v1+json": { data: [{ type }], layout: {} } });
      return (await renderNotebook(notebookOf([code("", [output])]))).length;
    };
    expect(await page("heatmap")).toBeLessThan(900_000);
    expect(await page("scatter3d")).toBeGreaterThan(1_500_000);
  });
});

describe("tags", () => {
  test.each([
    ["remove-cell", false, false],
    ["remove-input", false, true],
    ["remove-output", true, false],
    ["hide-input", true, true],
    ["solution", true, true],
    ["raises-exception", true, true],
    ["hide-output", true, true],
    ["hide-cell", true, true],
    ["remove-stdout", true, false],
    ["remove-stderr", true, true],
    ["remove_output", true, false],
  ])("%s: source on the page %s, output %s", async (tag, source, output) => {
    const html = mainOf(await renderNotebook(notebookOf([code("theSource()", [printed("the output")], [tag]), markdown("the end")])));
    expect(html.includes('<span class="f">theSource</span>')).toBe(source);
    expect(html.includes("the output")).toBe(output);
    expect(html).toContain("the end");
  });

  test("a solution is folded as a whole, hidden input as the code alone", async () => {
    const page = async (tag: string): Promise<string> => mainOf(await renderNotebook(notebookOf([code("f()", [printed("out")], [tag])])));
    expect(await page("solution")).toMatch(
      /<details class="solution"><summary>Solution<\/summary><pre class="code">.*out<\/pre><\/div><\/details>/s,
    );
    expect(await page("hide-input")).toMatch(
      /<details class="input"><summary>Code<\/summary><pre.*<\/pre><\/details><div class="outputs">/s,
    );
  });
});

describe("what is folded", () => {
  const page = async (extra: Record<string, unknown>, type = code): Promise<string> =>
    mainOf(await renderNotebook(notebookOf([{ ...type("f()", [printed("out")] as never), metadata: extra } as never], { title: "t" })));
  const input = /<details class="input"><summary>Code<\/summary><pre.*<\/pre><\/details><div class="outputs">/s;
  const output = /<\/code><\/pre><details class="output"><summary>Output<\/summary><div class="outputs">.*out<\/pre><\/div><\/details>/s;

  test.each([
    [{ tags: ["hide-input"] }, input],
    [{ tags: ["hide_input"] }, input],
    [{ jupyter: { source_hidden: true } }, input],
    [{ hide_input: true }, input],
    [{ tags: ["hide-output"] }, output],
    [{ jupyter: { outputs_hidden: true } }, output],
    [{ collapsed: true }, output],
    [
      { tags: ["hide-cell"] },
      /<div class="cell code"><details class="hidden"><summary>Cell<\/summary><pre.*out<\/pre><\/div><\/details><\/div>/s,
    ],
  ])("%j", async (metadata, html) => expect(await page(metadata)).toMatch(html));

  test.each([{ tags: ["hide-cell"] }, { jupyter: { source_hidden: true } }])("of a text: %j", async (metadata) => {
    expect(await page(metadata, markdown as never)).toContain('<details class="hidden"><summary>Text</summary><p>f()</p></details>');
  });

  test.each([{ jupyter: null }, { jupyter: "x" }, { tags: "hide-cell" }, { tags: [null, 1] }])(
    "nothing, by metadata that say nothing: %j",
    async (metadata) => {
      expect(await page(metadata)).not.toContain("<details");
    },
  );

  test("remove-stderr leaves the rest of the outputs", async () => {
    const html = mainOf(
      await renderNotebook(notebookOf([code("f()", [printed("a"), printed("b", "stderr"), printed("c")], ["remove-stderr"])])),
    );
    expect(html).toContain('<div class="outputs"><pre class="text stdout">a</pre><pre class="text stdout">c</pre></div>');
  });
});

describe("the page of a run that failed", () => {
  const error = (ename: string, evalue = "boom") => ({ output_type: "error" as const, ename, evalue, traceback: [] });
  const notRun = { ...code("g()"), execution_count: null };

  test("says so at its top, with a link to the cell", async () => {
    const html = mainOf(
      await renderNotebook(
        notebookOf([markdown("# A"), code("f()", [printed("x"), error("TypeError", "\x1b[31ma < b\x1b[0m\nmore")]), notRun]),
      ),
    );
    expect(html).toMatch(
      /^<div class="error failure" role="note"><p>The run of this notebook failed.<\/p><ul><li><a href="#cell-2">Cell 2<\/a>: TypeError: a &lt; b<\/li><\/ul><p class="note">1 cell after it did not run.<\/p><\/div>\n<div class="cell markdown"><h1/,
    );
    expect(html).toContain('<div class="cell code" id="cell-2">');
  });

  test("keeps its links apart from the headings", async () => {
    const html = mainOf(await renderNotebook(notebookOf([markdown("# cell-2"), code("f()", [error("E")])])));
    expect([...html.matchAll(/ id="(cell-2[^"]*)"/g)].map((match) => match[1])).toEqual(["cell-2-1", "cell-2"]);
    expect(html).toContain('<a href="#cell-2">Cell 2</a>: E: boom');
  });

  test.each([
    [["raises-exception"], "TypeError", {}, false],
    [["raises-exception"], "NothingRaised", {}, true],
    [[], "TypeError", { execution: { allow_errors: true } }, false],
    [[], "CellTimeout", { execution: { allow_errors: true } }, true],
    [[], "TypeError", { execution: null }, true],
  ])("tags %j, %s, metadata %j: failed %s", async (tags, name, metadata, failed) => {
    const html = mainOf(await renderNotebook(notebookOf([code("f()", [error(name)], tags)], metadata as never)));
    expect(html.includes("The run of this notebook failed.")).toBe(failed);
  });

  test("does not tell what the page leaves out", async () => {
    const html = mainOf(await renderNotebook(notebookOf([code("f()", [error("E", "secret")], ["remove-cell"])])));
    expect(html).toContain("<li>Cell 1, which this page leaves out</li>");
    expect(html).not.toContain("secret");
  });
});

/** What nbconvert's notebook_inject.ipynb tries, place by place. */
const attack = (place: string): string => `"></script></title></style><script>alert('${place}')</script>`;

interface Node {
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

/** Every element as a browser's parser sees it. */
function elementsOf(html: string): Node[] {
  const all = (node: Node): Node[] => [...(node.tagName === undefined ? [] : [node]), ...(node.children ?? []).flatMap(all)];
  return all(
    unified()
      .use(rehypeRaw)
      .runSync({ type: "root", children: [{ type: "raw", value: html } as never] }) as Node,
  );
}

const alerts = (html: string): string[] =>
  elementsOf(html)
    .filter(({ tagName }) => tagName === "script")
    .map(({ children }) => children?.[0]?.value ?? "")
    .filter((script) => script.startsWith("alert"));

describe("a hostile notebook", () => {
  test("runs nothing, save the author's own HTML outputs", async () => {
    const notebook = notebookOf(
      [
        code("", [], [attack("tag")]),
        { cell_type: "raw", metadata: {}, source: attack("raw") },
        markdown(attack("markdown"), { attachments: { a: { "image/png": attack("attachment") } } }),
        markdown("![x](attachment:a) ![`\"><script>alert('alt')</script>`](attachment:a)", { attachments: { a: { "image/png": png } } }),
        markdown(
          "# \"><script>alert('heading')</script> `</script><script>alert('code')</script>`\n\n## <script>alert('toc')</script> a\n\n## b",
        ),
        code(attack("source"), [
          shown({ "image/svg+xml": attack("svg") }),
          shown({ "image/png": attack("png") }),
          shown({ "image/jpeg": attack("jpeg") }),
          shown(
            { "image/png": "abcd" },
            { width: attack("width"), height: [attack("height")], filenames: { "image/png": attack("filename") } },
          ),
          shown({ "image/png": png, "text/plain": attack("alt") }, { alt: attack("metadata alt") }),
          shown({ "application/vnd.jupyter.widget-view+json": { model_id: attack("widget") } }),
          shown({ [attack("mime")]: "x" }),
          shown({ "text/markdown": attack("markdown output") }),
          shown({ "application/javascript": "alert('javascript')" }),
          shown({ "application/json": { [attack("key")]: attack("json") } }),
          shown({ "text/latex": attack("latex") }),
          shown({ "text/plain": attack("plain") }),
          shown({
            "application/vnd.plotly.v1+json": {
              data: [{ type: attack("trace") }],
              layout: { title: attack("title"), height: attack("height") },
            },
          }),
          printed(attack("stream")),
          { output_type: "error", ename: attack("ename"), evalue: attack("evalue"), traceback: [attack("traceback")] },
        ]),
      ],
      { title: attack("title"), language_info: { name: attack("language") } },
    );
    const html = await renderNotebook(notebook, {
      name: attack("name"),
      navigation: { home: { href: attack("href"), title: attack("home") }, next: { href: attack("href"), title: attack("next") } },
    });
    expect(alerts(html)).toEqual([]);
    const handlers = elementsOf(html).flatMap(({ properties }) => Object.keys(properties ?? {}).filter((name) => /^on/i.test(name)));
    expect(handlers).toEqual([]);

    const own = await renderNotebook(notebookOf([code("", [shown({ "text/html": "<script>alert('html')</script>" })])]));
    expect(alerts(own)).toEqual(["alert('html')"]);
  });
});

describe("a page", () => {
  test("asks nothing of anybody: its policy allows no connection and its parts name none", async () => {
    const html = await renderNotebook(sample, { name: "sample.ipynb" });
    expect(html).toContain("default-src 'none'");
    const elements = html.replace(/<script.*?<\/script>/gs, "");
    expect([...elements.matchAll(/(?:src|srcset|poster)="(?!data:)[^"]*"|url\((?!data:)[^)]*\)|@import|<link[^>]*>/g)].map(String)).toEqual(
      [],
    );
  });

  test("is small: style and script take less than 40 KB beside the text", async () => {
    const html = await renderNotebook(notebookOf([markdown("# Small\n\ntext"), code("1 + 1", [printed("2\n")])]));
    expect(html.length).toBeLessThan(40_000);
  });

  test("has the fonts of its formulas and no others", async () => {
    const fonts = async (tex: string): Promise<string[]> => {
      const html = await renderNotebook(notebookOf([markdown(`$${tex}$`)]));
      return [...html.matchAll(/@font-face\{font-family:(\w+);font-weight:(\d+);font-style:(\w+)/g)].map(([, ...parts]) => parts.join(" "));
    };
    expect(await fonts("1 + 1")).toEqual(["KaTeX_Main 400 normal"]);
    expect(await fonts("x + \\mathbb{R}")).toEqual(["KaTeX_AMS 400 normal", "KaTeX_Main 400 normal", "KaTeX_Math 400 italic"]);
    expect(await fonts("\\mathbf{1}")).toEqual(["KaTeX_Main 700 normal", "KaTeX_Main 400 normal"]);
  });

  test("carries the notebook, without outputs, to run", async () => {
    const html = await renderNotebook(sample, { name: "sample.ipynb" });
    const [, name, data] = /download="([^"]*)" href="data:application\/x-ipynb\+json;base64,([^"]*)"/.exec(html)!;
    expect(name).toBe("sample.ipynb");
    const notebook = parseNotebook(Buffer.from(data!, "base64").toString(), "sample.ipynb");
    expect(notebook.cells.map(({ source }) => source)).toEqual(sample.cells.map(({ source }) => source));
    expect(notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []))).toEqual([]);
  });

  test.each([
    [{ title: "given" }, { title: "metadata" }, "# Heading", "given"],
    [{}, { title: "metadata" }, "# Heading", "metadata"],
    [{}, {}, "# Heading *one*", "Heading one"],
    [{ name: "03-stores.ipynb" }, {}, "text", "03-stores"],
  ])("its title: options %j, metadata %j, text %j → %s", async (options, metadata, text, title) => {
    const html = await renderNotebook(notebookOf([markdown(text)], metadata), options);
    expect(html).toContain(`<title>${title}</title>`);
    expect(html.match(/<h1/g)).toHaveLength(1);
  });
});
