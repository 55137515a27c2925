/** Values that do not show themselves, and are shown as what everybody sees in them: pictures, charts, tables. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { shownValue, type MimeBundle } from "../../src/tslab-kernel/mime-bundle.ts";

async function bundleOf(value: unknown): Promise<MimeBundle> {
  const shown = await shownValue(value, (work) => work());
  return shown!.data;
}

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

test.each([
  ["a Buffer", png],
  ["a Uint8Array", new Uint8Array(png)],
  ["an ArrayBuffer", new Uint8Array(png).buffer],
])("the bytes of a PNG in %s are a picture", async (_, value) => {
  expect(await bundleOf(value)).toEqual({ "image/png": png.toString("base64"), "text/plain": "PNG picture, 70 bytes" });
});

test("the bytes of a JPEG and of a GIF are pictures; other bytes, and those of half a beginning, are bytes", async () => {
  expect(await bundleOf(Buffer.from([0xff, 0xd8, 0xff, 0xe0]))).toEqual({
    "image/jpeg": "/9j/4A==",
    "text/plain": "JPEG picture, 4 bytes",
  });
  expect(await bundleOf(Buffer.from("GIF89a"))).toMatchObject({ "image/gif": "R0lGODlh" });
  for (const bytes of [Buffer.from([]), png.subarray(0, 7), Buffer.from("a PNG"), new Uint16Array([0xd8ff, 0xff])])
    expect(await bundleOf(bytes)).toEqual({ "text/plain": inspect(bytes) });
});

const rows = [
  { token: "<s>", count: 3 },
  { token: " the", count: 1 / 3, kind: "word" },
];

test("rows of data are a table, and as text what they were", async () => {
  expect(await bundleOf(rows)).toEqual({
    "text/html": [
      '<table><thead><tr><th scope="col">token</th><th scope="col">count</th><th scope="col">kind</th></tr></thead>',
      '<tbody><tr><td style="text-align:left">&lt;s&gt;</td><td style="text-align:right">3</td><td style="text-align:left"></td></tr>\n',
      '<tr><td style="text-align:left;white-space:pre-wrap"> the</td><td style="text-align:right">0.333333</td><td style="text-align:left">word</td></tr></tbody></table>',
    ].join(""),
    "text/plain": inspect(rows),
  });
  expect((await bundleOf(new Set(rows)))["text/html"]).toBe((await bundleOf(rows))["text/html"]);
});

test("of many rows fifty are shown and the rest is counted", async () => {
  const html = String((await bundleOf(Array.from({ length: 52 }, (_, n) => ({ n, square: n * n }))))["text/html"]);
  expect(html.match(/<td style="text-align:right">/g)).toHaveLength(100);
  expect(html).toContain('<tfoot><tr><td colspan="2">… and 2 more rows</td></tr></tfoot>');
});

test("a map is a table of keys and values, or of rows by key", async () => {
  expect((await bundleOf(new Map([["a", 1]])))["text/html"]).toBe(
    '<table><thead><tr><th scope="col">key</th><th scope="col">value</th></tr></thead><tbody><tr><td style="text-align:left">a</td><td style="text-align:right">1</td></tr></tbody></table>',
  );
  expect((await bundleOf(new Map([["a", { n: 1 }]])))["text/html"]).toContain('<th scope="row">a</th><td style="text-align:right">1</td>');
});

class Point {
  readonly x = 1;
}

test.each<[string, unknown]>([
  ["an empty array", []],
  ["numbers", [1, 2]],
  ["arrays", [[1], [2]]],
  ["objects of a class", [new Point()]],
  ["rows that hold objects", [{ a: { b: 1 } }]],
  ["rows and something else", [{ a: 1 }, 2]],
  ["an empty object", [{}]],
  ["a field that is computed", [{ get a() { throw new Error("asked") } }]], // prettier-ignore
  ["a Proxy", [new Proxy({ a: 1 }, {})]],
  ["more columns than a table has", [Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`c${n}`, n]))]],
  ["an array of a class", new (class extends Array<object> {})({ a: 1 })],
  ["a set of numbers", new Set([1])],
  ["a map by objects", new Map([[{}, 1]])],
  ["a map to arrays", new Map([["a", [1]]])],
  ["one object", { a: 1 }],
])("%s is text", async (_, value) => {
  expect(Object.keys(await bundleOf(value))).toEqual(["text/plain"]);
});

const chart = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  title: "Tokens",
  data: { values: [{ language: "zh", tokens: 40 }] },
  mark: { type: "bar" },
  encoding: { x: { field: "language" }, y: { field: "tokens", aggregate: "sum" } },
};

test("a specification of Vega-Lite is a chart, with what it shows as text", async () => {
  expect(await bundleOf(chart)).toEqual({
    "application/vnd.vegalite.v5+json": chart,
    "text/plain": "Vega-Lite chart “Tokens”, bar, x: language, y: sum of tokens\n[ { language: 'zh', tokens: 40 } ]",
  });
  expect(await bundleOf({ toSpec: () => chart })).toMatchObject({ "application/vnd.vegalite.v5+json": chart });
});

test("a specification of Vega is a chart of Vega, of an old version of its own type; another schema's object is an object", async () => {
  expect(Object.keys(await bundleOf({ $schema: "https://vega.github.io/schema/vega/v5.json", marks: [] }))[0]).toBe(
    "application/vnd.vega.v5+json",
  );
  const old = { $schema: "https://vega.github.io/schema/vega-lite/v4.json", mark: "point" };
  expect(await bundleOf(old)).toEqual({ "application/vnd.vegalite.v4+json": old, "text/plain": "Vega-Lite chart, point" });
  for (const other of [{ $schema: "http://json-schema.org/draft-07/schema#" }, { $schema: 1 }, { toSpec: () => 1 }])
    expect(Object.keys(await bundleOf(other))).toEqual(["text/plain"]);
});
