/** Treemaps: names become a tree of their parts, and what cannot be drawn is refused. */
import { describe, expect, test } from "vitest";
import { treemap } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";

interface Drawn {
  labels: string[];
  ids: string[];
  parents: string[];
  values: number[];
  text: string[];
  marker: { colors: string[] };
}
const traceOf = (figure: { data: object[] }): Drawn => figure.data[0] as Drawn;

describe("treemap", () => {
  const sizes = { "embedding.weight": 900, "block.0.query.weight": 400, "block.0.key.weight": 200, "block.1.query.weight": 400 };

  test("names with a common beginning lie together, and a branch is as large as its parts", () => {
    const { labels, ids, parents, values } = traceOf(treemap(sizes));
    const parentOf = (label: string): string | undefined => labels[ids.indexOf(parents[labels.indexOf(label)]!)];
    expect(labels).toEqual(["all", "block", "0", "query.weight", "key.weight", "1.query.weight", "embedding.weight"]); // the largest first
    expect(["embedding.weight", "block", "0", "query.weight", "1.query.weight"].map(parentOf)).toEqual([
      "all",
      "all",
      "block",
      "0",
      "block",
    ]);
    expect(values).toEqual([1900, 1000, 600, 400, 200, 400, 900]);
  });

  test("groups share a colour and are named in the legend, and pointing shows the detail", () => {
    const figure = treemap(sizes, {
      group: (name) => (name.includes("query") ? "queries" : "others"),
      detail: (name) => `${sizes[name as keyof typeof sizes] / 100} × 100`,
      valueTitle: "numbers",
    });
    const { text, marker } = traceOf(figure);
    expect(marker.colors[3]).toBe(marker.colors[5]);
    expect(marker.colors[3]).not.toBe(marker.colors[4]);
    expect(figure.data.slice(1).map(({ name }) => name)).toEqual(["others", "queries"]);
    expect(text[3]).toBe("block.0.query.weight<br>400 numbers<br>4 × 100");
    expect(text[1]).toBe("block<br>1,000 numbers");
  });

  test("parts of one size stand in the order of their numbers", () => {
    const blocks = Object.fromEntries([10, 9, 1, 2].map((block) => [`block ${block}`, 5]));
    expect(traceOf(treemap(blocks)).labels).toEqual(["all", "block 1", "block 2", "block 9", "block 10"]);
  });

  test("a name may also be the beginning of others, and texts are not markup", () => {
    const { labels, values } = traceOf(treemap({ "a/<b>": 1, "a/<b>/c": 2 }, { separator: "/" }));
    expect(labels).toEqual(["all", "a/&lt;b&gt;", "c"]);
    expect(values).toEqual([3, 3, 2]);
  });

  test("carries a table of the sizes as they were given", () => {
    const { ["text/plain"]: text, ["text/vnd.cairn.table.v1+html"]: html } = treemap(sizes, { title: "Weights" })[jupyterDisplay]();
    expect(text).toBe("[treemap] Weights: 4 rows of name, group, size");
    expect(html).toContain("block.0.key.weight");
  });

  test.each([
    [() => treemap({}), "sizes must be an object with at least one size above 0, got {}\n  hint: pass { name: size }"],
    [() => treemap({ a: -1 }), 'sizes["a"] must be ≥ 0, got -1\n  hint: pass a number ≥ 0'],
    [() => treemap([1] as never), "sizes must be a plain object, got an array of 1\n  hint: pass { name: size }"],
    [() => treemap({ a: 1 }, { separator: "" }), 'separator must be text that is not empty, got ""\n  hint: pass text that is not empty'],
    [() => treemap({ a: 1 }, { group: () => 3 as never }), 'group("a") must be a string, got 3\n  hint: pass a string'],
    [() => treemap({ a: 1 }, { groups: {} } as never), 'options has no option "groups"\n  hint: did you mean "group"?'],
  ])("refuses what cannot be drawn (%#)", (draw, message) => {
    expect(draw).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
  });
});
