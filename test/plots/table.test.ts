/** Tables show rows and DataFrames with every value escaped and what is left out counted; show() sends the whole MIME bundle. */
import { DataFrame } from "danfojs-node";
import { afterEach, expect, test } from "vitest";
import { bar, show, table } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";

const globals = globalThis as { __cairn__?: { display: (bundle: object, options: object) => void } };
afterEach(() => delete globals.__cairn__);

test("a danfojs DataFrame and its rows give the same table", () => {
  const rows = [
    { 商品: "手机", price: 1999.5 },
    { 商品: "<b>", price: 20 },
  ];
  const shown = table(new DataFrame(rows))[jupyterDisplay]();
  expect(shown).toEqual(table(rows)[jupyterDisplay]());
  expect(shown["text/html"]).toContain('<td style="text-align:left">&lt;b&gt;</td><td style="text-align:right">20</td>');
  expect(shown["text/plain"]).toBe("商品  price\n手机  1999.5\n<b>   20");
});

test("rows above the limit are counted, missing values are blank", () => {
  const bundle = table([{ a: 1 }, { b: 2 }, { a: 3 }], { maxRows: 2, caption: "Three" })[jupyterDisplay]();
  expect(bundle["text/plain"]).toBe("Three\na  b\n1\n   2\n… and 1 more row");
  expect(bundle["text/html"]).toContain("… and 1 more row");
});

test("what a DataFrame's rows are called stands before them", () => {
  const described = new DataFrame([{ a: 1 }, { a: 3 }]).describe().loc({ rows: ["count", "mean"] });
  expect(table(described)[jupyterDisplay]()["text/plain"]).toBe("       a\ncount  2\nmean   2");
});

test("spaces that HTML would drop are kept", () => {
  expect(table([{ token: " the" }])[jupyterDisplay]()["text/html"]).toContain('<td style="text-align:left;white-space:pre-wrap"> the</td>');
});

test.each([
  [null, "data must be an array, got null"],
  [[{ a: 1 }, null], "data[1] must be an object such as { name: value }, got null"],
  [{ columns: ["a"], values: [1] }, "data.values[0] must be an array, got 1"],
])("%j is not a table", (data, message) => {
  expect(() => table(data as never)).toThrow(message);
});

test("options are checked", () => {
  expect(() => table([{ a: 1 }], { maxRow: 1 } as never)).toThrow('options has no option "maxRow"\n  hint: did you mean "maxRows"?');
  expect(() => table([{ a: 1 }], { maxRows: -1 })).toThrow("maxRows must be an integer ≥ 0, got -1");
});

test("a table of nothing is refused", () => {
  expect(() => table([])).toThrow(
    "data must be rows with at least one column, got []\n  hint: pass rows such as [{ name: value }], or a DataFrame",
  );
});

test("show sends the interactive figure, its picture, its table and its text in one message, and no HTML that would stand before the picture", () => {
  const sent: object[] = [];
  globals.__cairn__ = { display: (bundle) => sent.push(bundle) };
  show(bar({ a: 1 }));
  expect(sent.map((bundle) => Object.keys(bundle))).toEqual([
    ["application/vnd.plotly.v1+json", "image/svg+xml", "text/vnd.cairn.table.v1+html", "text/plain"],
  ]);
});
