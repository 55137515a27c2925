/** Markdown as a notebook has it: LaTeX (nbconvert's test_markdown.py), attachments, pictures, footnotes, and nothing that runs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { Contents } from "../../src/render/contents.ts";
import { PageMath } from "../../src/render/equations.ts";
import { renderMarkdown, type MarkdownContext } from "../../src/render/markdown.ts";
import { takeMath } from "../../src/render/math.ts";
import { png } from "./sample.ts";

const render = (text: string, context: Partial<MarkdownContext> = {}): Promise<string> =>
  renderMarkdown(text, { contents: new Contents(), math: new PageMath(), onDiagram: () => {}, prefix: "c1-", ...context });

/** The TeX that KaTeX was given, from the annotation it leaves in the MathML. */
const texOf = (html: string): string[] =>
  [...html.matchAll(/<annotation encoding="application\/x-tex">(.*?)<\/annotation>/gs)].map((match) =>
    match[1]!.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&").replaceAll("&#x27;", "'"),
  );

describe("LaTeX", () => {
  const sum = "\\left( \\sum_{k=1}^n a_k b_k \\right)^2 \\leq \\left( \\sum_{k=1}^n a_k^2 \\right) \\left( \\sum_{k=1}^n b_k^2 \\right)\n";
  test.each([
    [`\\begin{equation*}\n${sum}\\end{equation*}`, `\\begin{equation*}\n${sum}\\end{equation*}`],
    ["$$\na = 1 *3* 5\n$$", "\na = 1 *3* 5\n"],
    ["$ a = 1 *3* 5 $", " a = 1 *3* 5 "],
    ["$s_i = s_{i}\n$", "s_i = s_{i}\n"],
    ["$a<b&b<lt$", "a<b&b<lt"],
    ["$a<b&lt;b>a;a-b<0$", "a<b&lt;b>a;a-b<0"],
    ["$<k'>$", "<k'>"],
    ["$$a<b&b<lt$$", "a<b&b<lt"],
    ["$$<k'>$$", "<k'>"],
    ["$$x\n=\n2$$", "x\n=\n2"],
    [
      "$$\nb =  \\left[\nP\\left(\\right)\n- (l_1\\leftrightarrow l_2\n)\\right]\n$$",
      "\nb =  \\left[\nP\\left(\\right)\n- (l_1\\leftrightarrow l_2\n)\\right]\n",
    ],
    ["\\begin{equation*}\nx = 2 *55* 7\n\\end{equation*}", "\\begin{equation*}\nx = 2 *55* 7\n\\end{equation*}"],
    ["$\n\\begin{tabular}{ l c r }\n  1 & 2 \\\\\n\\end{tabular}$", "\n\\begin{tabular}{ l c r }\n  1 & 2 \\\\\n\\end{tabular}"],
    ["> quoted\n> $$\n> a + b\n> $$", "\na + b\n"],
    ["- item $\\text{where $x$ is}$ left", "\\text{where $x$ is}"],
  ])("%j is the one formula %j", (text, tex) => {
    expect(takeMath(text).formulas.map((formula) => formula.tex)).toEqual([tex]);
  });

  test("formulas of all kinds stand among markdown", async () => {
    const html = await render(
      "The entries of \\\\(C\\\\) are\n$$\nC_{ik} = \\sum_{j=1}^n A_{ij} B_{jk},\n$$\nbut you can _implement_ this in many ways.\n" +
        "$\\approx 2mnp$ flops for \\\\[ C_{ik} \\\\].\nEmpty ones too:\n$$$$\n\\\\[\\\\]",
    );
    expect(texOf(html)).toEqual(["C", "\nC_{ik} = \\sum_{j=1}^n A_{ij} B_{jk},\n", "\\approx 2mnp", " C_{ik} "].map((tex) => tex));
    expect(html).toContain("<em>implement</em>");
    expect(html.match(/class="katex-display"/g)).toHaveLength(2);
  });

  test("underscores in many formulas of a paragraph make no emphasis", async () => {
    const html = await render(
      "stored in $t$, $s_t$, must equal the previous stage's,\n$s_{t-1}$, plus $I_t$, minus $r_t$. With $s_0$ in $t=1$",
    );
    expect(texOf(html)).toEqual(["t", "s_t", "s_{t-1}", "I_t", "r_t", "s_0", "t=1"]);
    expect(html).not.toContain("<em>");
  });

  test.each([
    "It costs $5 and not $10.",
    "from \\$1 to \\$2",
    "`$x$` and ``a `$y$` b``",
    "```sh\necho $HOME $PATH\n```",
    "~~~\n$a$\n~~~",
    "a $ alone",
    "one $ in a paragraph\n\nand one $ in the next",
  ])("there is no formula in %j", async (text) => {
    const html = await render(text);
    expect(html).not.toContain("katex");
    expect(html).not.toMatch(/[\uE000\uE001]/);
  });

  test("a formula that KaTeX cannot read is shown as its source, with the reason", async () => {
    const html = await render("$\\frac{1$");
    expect(html).toMatch(/<code class="math-error" title="KaTeX parse error[^"]*">\$\\frac\{1\$<\/code>/);
  });

  test("a formula can hold no HTML", async () => {
    const html = await render("$\\href{javascript:alert(1)}{x}$ $<img src=x onerror=alert(1)>$ $\\htmlData{a=b}{x}$");
    expect(html).not.toMatch(/<img|href="javascript|data-a=/);
  });
});

describe("a dollar sign in an address", () => {
  const address = "https://e.org/a?$filter=x&$top=5";
  const href = `href="${address.replace("&", "&#x26;")}`;
  test.each([
    `[x](${address})`,
    `[x](${address} "A title") and $5`,
    `[x](<${address}>)`,
    `[x][r]\n\n[r]: ${address}`.replaceAll("\\n", "\n"),
    `<${address}>`,
    `see ${address} and so on`,
    `(${address})`,
    `| a |\n| - |\n| ${address} |`.replaceAll("\\n", "\n"),
    `<a href='${address}'>x</a>`,
    `详见${address}，其中`,
  ])("%j keeps its address", async (text) => {
    const html = await render(text);
    expect(html).toContain(href);
    expect(html).not.toContain("katex");
  });

  test("and formulas about it stay formulas", async () => {
    const html = await render("$a$ [price of $x$](http://e.org/$b_$) $c$ www.e.org/$d, $e$ ![p](i/$f.png) $g$ f[0]($h$, 1) $i$");
    expect(texOf(html)).toEqual(["a", "x", "c", "e", "g", "h", "i"]);
    expect(html).toContain('href="http://e.org/$b_$"');
    expect(html).toContain('href="http://www.e.org/$d"');
  });

  test("an address with a formula in it, after all, is restored", async () => {
    expect(await render('[x](a\\$b "t $c$ t")')).not.toMatch(/\uE000|%EE%80/i);
  });
});

describe("markdown", () => {
  test.each([
    ["*test*", "<em>test</em>"],
    ["__*test*__", "<strong><em>test</em></strong>"],
    ["~~gone~~", "<del>gone</del>"],
    ["test\n----", '<h2 id="test">test</h2>'],
    ["test [link](https://google.com/)", '<a href="https://google.com/" rel="noopener">link</a>'],
    ["# test title", '<h1 id="test-title">test title</h1>'],
    ["H<sub>2</sub>O <kbd>Esc</kbd>", "H<sub>2</sub>O <kbd>Esc</kbd>"],
  ])("%j gives %s", async (text, html) => expect(await render(text)).toContain(html));

  test("headings of one page have ids of their own, as JupyterLab makes them", async () => {
    const contents = new Contents();
    const html = await render("## The way\n\n## The way\n\n## $O(n)$ *steps*", { contents });
    expect([...html.matchAll(/<h2 id="([^"]*)"/g)].map((match) => match[1])).toEqual(["The-way", "The-way-1", "O(n)-steps"]);
    expect(contents.toHtml()).toContain('<a href="#O(n)-steps">O(n) steps</a>');
  });

  test.each([
    ["## The way, from here!", ["the-way-from-here"]],
    ["## The way\n\n## The way\n\n## The way", ["the-way", "the-way-1", "the-way-2"]],
    ["## `code_name` & *more*", ["code_name--more"]],
    ["## 1.2 第一章：开始", ["12-第一章开始"]],
    ["## 🚀 Launch", ["-launch"]],
    ["## $O(n)$ steps", ["on-steps"]],
    ["## ÉTÉ à Paris", ["été-à-paris"]],
  ])("links as GitHub makes them lead to the headings of %j", async (text, slugs) => {
    const html = await render(text);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(ids).toEqual(expect.arrayContaining(slugs));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("old and own places are ones that links lead to", async () => {
    expect(await render("<a name='top'></a> <h2 id='own'>A heading</h2> <div id='box'>x</div>")).toBe(
      '<p><a id="top"></a> </p><h2 id="A-heading"><span id="a-heading"></span><span id="own"></span>A heading</h2> <div id="box">x</div><p></p>',
    );
  });

  test("code is highlighted in its language", async () => {
    const html = await render("```ts\nconst a = 'b' // c\n```");
    expect(html).toContain('<pre class="code"><code><span class="k">const</span>');
    expect(html).toContain('<span class="s">&#39;b&#39;</span>');
    expect(html).toContain('<span class="c">// c</span>');
  });

  test("code of an unknown language is shown as it is", async () => {
    expect(await render("```brainfog\na < b\n```")).toContain("<code>a &lt; b</code>");
  });

  test("code of more lines than anybody reads is shown without colours", async () => {
    expect(await render(`\`\`\`ts\n${"let a\n".repeat(4999)}\`\`\``)).toContain('<span class="k">let</span>');
    expect(await render(`\`\`\`ts\n${"let a\n".repeat(5001)}\`\`\``)).toContain("<code>let a\nlet a\n");
  });

  test("footnotes of two cells do not meet", async () => {
    const text = "a[^1]\n\n[^1]: note";
    const [one, other] = [await render(text, { prefix: "c1-" }), await render(text, { prefix: "c2-" })];
    expect(one).toContain('href="#c1-fn-1"');
    expect(one).toContain('id="c1-fn-1"');
    expect(other).toContain('id="c2-fn-1"');
    expect(one).not.toContain("footnote-label");
  });

  test("attachments are in the page, by any name", async () => {
    const attachments = { "my image.png": { "image/png": png } };
    expect(await render("![four pixels](attachment:my%20image.png)", { attachments })).toContain(
      `src="data:image/png;base64,${png}" alt="four pixels"`,
    );
    expect(await render("![lost](attachment:other.png)", { attachments })).toBe("<p>lost</p>");
  });

  test("a picture beside the notebook is in the page, no other file is", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "cairn-render-"));
    try {
      writeFileSync(path.join(folder, "pixels.png"), Buffer.from(png, "base64"));
      writeFileSync(path.join(folder, "secret.txt"), "secret");
      expect(await render("![p](pixels.png)", { folder })).toContain(`src="data:image/png;base64,${png}"`);
      expect(await render("![s](secret.txt)", { folder })).toBe("<p>s</p>");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a picture on the network becomes a link to it", async () => {
    expect(await render("![logo](https://example.org/a.png)")).toBe('<p><a href="https://example.org/a.png" rel="noopener">logo</a></p>');
  });

  test("a relative link is asked about, an anchor and an address are not", async () => {
    const link = (href: string): string => href.replace(".ipynb", ".html");
    expect(await render("[a](01-a.ipynb#x) [b](#y) [c](https://e.org/n.ipynb)", { link })).toBe(
      '<p><a href="01-a.html#x">a</a> <a href="#y">b</a> <a href="https://e.org/n.ipynb" rel="noopener">c</a></p>',
    );
  });
});

describe("boxes", () => {
  test.each(["Note", "Tip", "Important", "Warning", "Caution"])("> [!%s]", async (kind) => {
    const html = await render(`> [!${kind.toUpperCase()}]\n> A *text*\n>\n> and more`);
    const name = kind.toLowerCase();
    expect(html).toBe(
      `<div class="alert alert-${name}" role="note"><p class="alert-title">${kind}</p>\n<p>A <em>text</em></p>\n<p>and more</p>\n</div>`,
    );
  });

  test.each(["> [!OTHER]\n> a", "> [!NOTE] a", "> a [!NOTE]", "> [!NOTE]*a*", "[!NOTE]", "> [!constructor]\n> a"])(
    "%j is none",
    async (text) => {
      expect(await render(text)).not.toContain("alert");
    },
  );

  test.each(["> [!NOTE]\n> *a*", "> [!NOTE]  \n> *a*", "> [!note]\n>\n> *a*"])("%j is one", async (text) => {
    expect(await render(text)).toMatch(/<p class="alert-title">Note<\/p>\s*<p>\s*<em>a<\/em><\/p>/);
  });

  test("Bootstrap's classes of alerts are kept, no others", async () => {
    expect(await render('<div class="alert alert-block alert-info katex js"><b>Tip</b></div>')).toBe(
      '<div class="alert alert-block alert-info"><b>Tip</b></div>',
    );
  });
});

describe("inline style", () => {
  test.each([
    ["color: red", "color: red"],
    ["COLOR:#ABC ; Font-Weight : bold !important", "color: #ABC; font-weight: bold"],
    ["background-color: rgb(1, 2, 3); color: white", "background-color: rgb(1, 2, 3); color: white"],
    ["background: #eee", "background: #eee; color: #1d1c1a"],
    [
      "text-align:center;margin:0 auto;max-width:50%;border:1px solid rgba(0,0,0,.5)",
      "text-align: center; margin: 0 auto; max-width: 50%; border: 1px solid rgba(0,0,0,.5)",
    ],
  ])("%s is kept as %s", async (style, kept) => {
    expect(await render(`<span style="${style}">x</span>`)).toBe(`<p><span style="${kept}">x</span></p>`);
  });

  test.each([
    "position: fixed",
    "position: fixed; inset: 0",
    "background: url(https://e.org/a.png)",
    "background-image: image-set('a')",
    "color: var(--ink)",
    "width: expression(alert(1))",
    "color: r\\65 d",
    "color/**/: red",
    "margin: -100px",
    "font-size: 9999px",
    "width: 99999px",
    "height: 100vh",
    "width: calc(1px)",
    "display: none",
    "opacity: 0",
    "transform: scale(9)",
    "z-index: 9",
    "--ink: red",
    "behavior: url(x)",
    "-moz-binding: url(x)",
    "constructor: x",
    "content: 'x'",
    "color: red} body { display: none",
    "",
    ";;:",
  ])("%s is left out", async (style) => {
    expect(await render(`<span style="${style}">x</span>`)).toBe("<p><span>x</span></p>");
  });
});

describe("text that is read from right to left", () => {
  test.each([
    ["שלום עולם", '<p dir="auto">'],
    ["# مرحبا", '<h1 dir="auto" id="مرحبا">'],
    ["- سلام", '<li dir="auto">'],
    ["> שלום", '<blockquote dir="auto">'],
    ["a|b\n-|-\n1|שלום", '<td dir="auto">שלום'],
    ["| سلام |\n|-|\n", '<th dir="auto">'],
  ])("%j has its own direction", async (text, html) => expect(await render(text)).toContain(html));

  test("other text has none, and the author's is kept", async () => {
    expect(await render("left\n\nשלום")).toMatch(/^<p>left/);
    expect(await render('<p dir="rtl">שלום</p>')).toBe('<p dir="rtl">שלום</p>');
  });
});

describe("nothing in markdown runs or loads", () => {
  test.each([
    "<script>alert('markdown cell')</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<iframe src='https://example.org'></iframe>",
    "<style>body{display:none}</style>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<form action='https://example.org'><input name=a><button>go</button></form>",
    "<svg onload=alert(1)></svg>",
    "<img name=getElementById>",
    "<details ontoggle=alert(1) open>x</details>",
    "<base href='https://example.org'><meta http-equiv=refresh content=0><link rel=stylesheet href=https://example.org>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
  ])("%s", async (text) => {
    expect(await render(text)).not.toMatch(
      /<script|<iframe|<style|<form|<base|<meta|<link|<button|<svg|<[^>]*(?:style=|javascript:|data:text|\son[a-z]+=|\sname=)/i,
    );
  });
});
