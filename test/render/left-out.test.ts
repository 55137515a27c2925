/** What a page leaves out is named on it. */
import { expect, test } from "vitest";
import { renderNotebook } from "../../src/render/index.ts";
import { code, markdown, notebookOf, png, shown } from "./sample.ts";

const cdn = "https://cdn.example.org/a.js";
const main = (html: string): string => /<main id="main">\n(.*)\n<\/main>/s.exec(html)![1]!;
const output = async (data: Record<string, unknown>): Promise<string> =>
  main(await renderNotebook(notebookOf([code("", [shown(data as never)])])));
const link = (address: string): string => `(<a href="${address}" rel="noopener">${address}</a>)`;

test.each([
  [`<script src="${cdn}"></script>`, `a script ${link(cdn)}`],
  [`<script>require(["${cdn}"])</script>`, `a script ${link(cdn)}`],
  [`<script type="module">import x from '${cdn}'</script>`, `a script ${link(cdn)}`],
  [`<link rel="stylesheet" href="https://e.org/a.css">`, `a style sheet ${link("https://e.org/a.css")}`],
  [`<iframe src="https://e.org/v"></iframe>`, `a frame ${link("https://e.org/v")}`],
  [`<img src="https://e.org/a.png">`, `a picture ${link("https://e.org/a.png")}`],
  [`<video><source src="//e.org/a.mp4"></video>`, `a recording ${link("//e.org/a.mp4")}`],
  [`<iframe srcdoc="&lt;script src='${cdn}'&gt;&lt;/script&gt;"></iframe>`, `a script ${link(cdn)}`],
  [
    `<iframe src="data:text/html;base64,${Buffer.from(`<script src="${cdn}"></script>`).toString("base64")}"></iframe>`,
    `a script ${link(cdn)}`,
  ],
  [`<iframe src="data:text/html,${encodeURIComponent(`<script src="${cdn}"></script>`)}"></iframe>`, `a script ${link(cdn)}`],
  [`<script type="application/vnd.jupyter.widget-view+json">{}</script>`, "a widget"],
])("of an output's HTML: %s", async (html, named) => {
  expect(await output({ "text/html": html })).toContain(
    `<p class="note">Left out here, for a page asks nothing of the network and of kernels: ${named}.</p>`,
  );
});

test.each([
  "<script>draw()</script>",
  "<script>see('https://e.org/page')</script>",
  '<iframe srcdoc="a"></iframe>',
  '<iframe src="data:text/html,<b>b</b>"></iframe>',
  '<iframe src="data:text/html,%"></iframe>',
  '<a href="https://e.org">a</a>',
  '<script type="application/json">"https://cdn.e.org/a.js"</script>',
])("what a page shows is not: %s", async (html) => expect(await output({ "text/html": html })).not.toContain("Left out"));

test("frames with their own text are shown: the page's policy lets them", async () => {
  const html = await renderNotebook(notebookOf([code("", [shown({ "text/html": "<iframe src='data:text/html,<b>b</b>'></iframe>" })])]));
  expect(html).toContain("frame-src data:;");
  expect(html).toContain('<iframe src="data:text/html,<b>b</b>"></iframe>');
  expect(html).not.toMatch(/frame-src[^;]*http/);
});

test.each([
  ["application/vnd.vegalite.v5+json", { "image/png": png }, "A Vega-Lite chart is left out here; its picture is shown instead."],
  ["application/vnd.vega.v5+json", { "text/plain": "x" }, "A Vega chart is left out here; its text is shown instead."],
  [
    "application/vnd.jupyter.widget-view+json",
    { "text/plain": "IntSlider()" },
    "A widget, which needs a kernel, is left out here; its text is shown instead.",
  ],
  ["application/javascript", { "text/plain": "x" }, "A script is left out here; its text is shown instead."],
  ["application/geo+json", { "text/html": "<b>x</b>" }, "A map is left out here; its HTML is shown instead."],
  ["application/vnd.other", { "text/plain": "x" }, "The type application/vnd.other is left out here; its text is shown instead."],
])("of an output's types: %s", async (type, rest, note) => {
  expect(await output({ [type]: {}, ...rest })).toContain(`<p class="note">${note}</p>`);
});

test("a table beside other forms of its data is complete", async () => {
  expect(await output({ "application/vnd.dataresource+json": {}, "text/html": "<table></table>", "text/plain": "x" })).not.toContain(
    'class="note"',
  );
});

test.each([
  ["<script>alert(1)</script>", "a script"],
  [`<script src="${cdn}"></script>`, `a script ${link(cdn)}`],
  ["<iframe src='https://e.org/v'></iframe>", `a frame ${link("https://e.org/v")}`],
  ["<iframe src='javascript:alert(1)'></iframe>", "a frame"],
  ["<video src='films/a.mp4'></video>", "a video (films/a.mp4)"],
  ["<style>b{}</style><style>i{}</style>", "a style sheet"],
  ["<object data='a.svg'></object> <embed src='b.pdf'>", "an embedded file (a.svg), an embedded file (b.pdf)"],
])("of a text: %s", async (text, named) => {
  expect(main(await renderNotebook(notebookOf([markdown(`${text}\n\nthe *end*`)])))).toMatch(
    new RegExp(`<em>end</em></p><p class="note">Left out here, for it is not safe in a text: ${named.replace(/[()?.]/g, "\\$&")}\\.</p>`),
  );
});
