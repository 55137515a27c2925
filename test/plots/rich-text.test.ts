/** HTML, Markdown, SVG and JSON as outputs: what is filled in is escaped unless it shows itself, and each has a text for those who see no more. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bar, html, image, json, md, svg, table, type Displayable } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay, jupyterMetadata } from "../../kernel-helpers/runtime/printable.ts";

const shown = (value: Displayable, type: string): string => value[jupyterDisplay]()[type] as string;
const plain = (value: Displayable): string => shown(value, "text/plain");

/** Texts in which something would happen if they were taken for markup. */
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[<>&"'`$\\{}/=a-z ]{0,20}$/));

describe("html", () => {
  test("as a function takes the text as it stands", () => {
    expect(shown(html("<b>x</b> & y"), "text/html")).toBe("<b>x</b> & y");
  });

  test("as a tag escapes what is filled in, in content and attributes", () => {
    expect(shown(html`<p title="${'"><script>'}">${"<i>"} ${1.5} ${null}${undefined}</p>`, "text/html")).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">&lt;i&gt; 1.5 </p>',
    );
  });

  test("filled-in text can open no tag and leave no attribute, whatever it is", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const filled = shown(html`<a title="${text}">${text}</a>`, "text/html").slice('<a title="'.length, -"</a>".length);
        expect(filled.replace('">', "")).not.toMatch(/[<>"']/);
      }),
    );
  });

  test("pieces of html, tables, pictures and figures stay what they are; lists are written one after the other", () => {
    const parts = html`<ul>${["a", "<b>"].map((each) => html`<li>${each}</li>`)}</ul>`;
    expect(shown(parts, "text/html")).toBe("<ul><li>a</li><li>&lt;b&gt;</li></ul>");
    const png = Buffer.from("89504e470d0a1a0a", "hex");
    const all = shown(html`${table([{ a: 1 }])}${bar({ a: 1 })}${image(png, { alt: 'a "dot"' })}${md("*x* <")}`, "text/html");
    expect(all).toContain("<table>");
    expect(all).toContain("<svg xmlns=");
    expect(all).toContain('<img src="data:image/png;base64,iVBORw0KGgo=" alt="a &quot;dot&quot;">');
    expect(all).toContain("*x* &lt;");
  });

  test("objects are written as cells print them", () => {
    expect(shown(html`${{ a: [1, "<"] }}`, "text/html")).toBe("{ a: [ 1, &#39;&lt;&#39; ] }");
  });

  test("its text has no tags, scripts or entities", () => {
    expect(plain(html("<style>p{}</style><h1>A &amp; B</h1><p>one<br>two &lt;three&gt;</p><script>alert(1)</script>"))).toBe(
      "A & B\none\ntwo <three>",
    );
    expect(plain(html("<hr>"))).toBe("(HTML without text)");
  });

  test.each([
    [42, "text must be a string or a template, got 42"],
    [null, "text must be a string or a template, got null"],
    [["a"], "text must be a string or a template, got an array of 1"],
  ])("refuses %j", (value, message) => {
    expect(() => html(value as never)).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        message: `${message}\n  hint: call html(text), or write html\`…\`; to show data, use table or json`,
      }),
    );
  });
});

describe("md", () => {
  test("is Markdown, and its own text", () => {
    expect(md("**x**")[jupyterDisplay]()).toEqual({ "text/markdown": "**x**", "text/plain": "**x**" });
  });

  test("takes values as Markdown, and backslashes as formulas need them", () => {
    expect(plain(md`$\frac{1}{2} \\ \nu$ is ${0.5}, ${"*b*"}, \`code\` and \${x}`)).toBe(
      "$\\frac{1}{2} \\\\ \\nu$ is 0.5, *b*, `code` and ${x}",
    );
  });

  test("a value that looks like a tag or an entity is shown as it stands, in text and in code", () => {
    expect(plain(md`${"<s>"} ends with ${"</s>"}, ${"&lt;"} and 1 < 2: \`${"<s>"}\` or ${["<unk>"]}`)).toBe(
      "&lt;s> ends with &lt;/s>, &amp;lt; and 1 < 2: `<s>` or &lt;unk>",
    );
  });

  test("may be indented like the code around it", () => {
    const items = ["- one", "- two"];
    const text = md`
      # Title

      ${items}
        deeper ${1}
      ${2}
    `;
    expect(plain(text)).toBe("# Title\n\n- one\n- two\n  deeper 1\n2");
  });

  test("holds Markdown and HTML of others", () => {
    expect(
      plain(
        md`${md`
**a**
        `} ${html`<b>${"<"}</b>`}`,
      ),
    ).toBe("**a** <b>&lt;</b>");
  });
});

describe("svg", () => {
  const dot = svg`<svg width="9" height="9"><title>A ${"<dot>"}</title><circle r="${4}"/></svg>`;

  test("gets the namespace without which it is not a picture, once", () => {
    expect(shown(dot, "image/svg+xml")).toBe(
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>A &lt;dot&gt;</title><circle r="4"/></svg>',
    );
    const whole = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>';
    expect(shown(svg(whole), "image/svg+xml")).toBe(whole);
  });

  test("its text is the text in it", () => {
    expect(plain(dot)).toBe("A <dot>");
    expect(plain(svg("<svg/>"))).toBe("(a drawing)");
  });

  test("pieces stay what they are", () => {
    const pieces = [1, 2].map((x) => svg`<circle cx="${x}"/>`);
    expect(shown(svg`<svg>${pieces}${"<&"}</svg>`, "image/svg+xml")).toContain('><circle cx="1"/><circle cx="2"/>&lt;&amp;</svg>');
  });
});

describe("json", () => {
  test("is a tree, folded unless it is asked for unfolded, and a text", () => {
    const value = { a: [1, null, "x"] };
    expect(json(value)[jupyterDisplay]()).toEqual({ "application/json": value, "text/plain": JSON.stringify(value, null, 2) });
    expect(json(value)[jupyterMetadata]!()).toEqual({ "application/json": { expanded: false } });
    expect(json(value, { expanded: true })[jupyterMetadata]!()).toEqual({ "application/json": { expanded: true } });
  });

  test("is the value of this moment", () => {
    const list = [1];
    const tree = json(list);
    list.push(2);
    expect(tree[jupyterDisplay]()["application/json"]).toEqual([1]);
  });

  test("refuses what JSON cannot hold", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(() => json(circle)).toThrow(/^value cannot be written as JSON: Converting circular structure to JSON\n {2}hint: leave out/);
    expect(() => json(() => 1)).toThrow(
      "value must be something that JSON can hold, got a function\n  hint: pass an object, an array, a string or a number",
    );
  });
});
