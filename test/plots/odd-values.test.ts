/** What tables and drawings are given by mistake, or hold without harm. */
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import {
  bar,
  contour,
  embeddingMap,
  graph,
  heatmap,
  image,
  scatter,
  table,
  tree,
  type Displayable,
} from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";

const plain = (value: Displayable): string => value[jupyterDisplay]()["text/plain"] as string;

describe("a cell of a table", () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  test.each<[string, unknown, string]>([
    ["a typed array", Float32Array.of(1, 2), "[1,2]"],
    ["bigints", BigInt64Array.of(2n ** 60n), '["1152921504606846976"]'],
    ["an invalid date", new Date(NaN), "Invalid Date"],
    ["a circle", circle, "<ref *1> { self: [Circular *1] }"],
    ["a symbol", Symbol("x"), "symbol"],
  ])("may be %s", (_, value, text) => expect(plain(table([{ a: value }]))).toBe(`a\n${text}`));
});

test("a table of 200,000 rows is shown whole", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => ({ index }));
  expect(plain(table(rows, { maxRows: Infinity })).split("\n")).toHaveLength(200_001);
});

describe("a frame", () => {
  test("may have numbers as names", () => expect(plain(table({ columns: [1, 2] as never, values: [[3, 4]] }))).toBe("1  2\n3  4"));
  test.each<[string, unknown, RegExp]>([
    [
      "a row of too few cells",
      { columns: ["a", "b"], values: [[1]] },
      /data.values\[0\] must be 2 cells, one for each column, got an array of 1/,
    ],
    ["an index that is not a list", { columns: ["a"], values: [[1]], index: null }, /data.index must be an array, got null/],
  ])("with %s is refused", (_, data, message) => expect(() => table(data as never)).toThrow(message));
});

describe("the nodes of a graph", () => {
  test.each([
    ["__proto__", "constructor"],
    ["\0", "\x01"],
    ["", "a"],
  ])("may be called %j and %j", (one, other) => {
    for (const draw of [graph, tree]) expect(plain(draw([{ id: one }, { id: other, needs: [one] }]))).toContain("2 rows");
  });

  test("that are too many levels deep are refused", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => ({ id: `n${index}`, needs: index === 0 ? [] : [`n${index - 1}`] }));
    expect(() => graph(chain.slice(0, 6000))).toThrow(ArgumentError);
  });
});

test("vectors that are all one have no shares of a variance", async () => {
  const { data, layout } = await embeddingMap(Array.from({ length: 3 }, () => [1, 2]), { labels: ["a", "b", "c"] }); // prettier-ignore
  expect(data[0]).toMatchObject({ x: [0, 0, 0], y: [0, 0, 0] });
  expect((layout["xaxis"] as { title: { text: string } }).title.text).toBe("component 1");
});

describe("refused", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["a contour without options", () => contour([[1]], undefined as never), /options must be a plain object, got undefined/],
    [
      "a matrix without a size",
      () => heatmap({ rows: [1] as never, cols: 1, data: new Float32Array(1) }),
      /values.rows must be an integer ≥ 0/,
    ],
    ["labels of single bars, which were ignored", () => bar({ a: 1 }, { labels: ["x"] }), /labels must be left out/],
    [
      "an x that no series uses",
      () => scatter({ a: { x: [1], y: [1] } }, { x: "abc" as never }),
      /x must be an array of numbers, got "abc"/,
    ],
    ["the address of another machine's file", () => image(new URL("file://host/x.png")), /the address of a file on this machine/],
    ["an image that is a symbol", () => image(Symbol("x") as never), /source must be bytes, a path or a file: URL, got Symbol\(x\)/],
  ])("%s", (_, act, message) => expect(act).toThrow(message));

  test("vectors of one number on a plane", async () => {
    const options = { labels: ["a", "b", "c"] };
    await expect(embeddingMap([[1], [2], [3]], options)).rejects.toThrow(/vectors\[0\] must be a vector of at least 2 numbers/);
    await expect(embeddingMap([[1, 2], [2, 1], [3, 3]], { ...options, seed: "x" as never })).rejects.toThrow(/seed must be an integer/); // prettier-ignore
  });
});
