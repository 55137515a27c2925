/** Computation graphs: all arrows point down, no two boxes of a level overlap, and what is not such a graph is refused. */
import { describe, expect, test } from "vitest";
import { graph, type Figure, type GraphNode } from "../../kernel-helpers/plots/index.ts";
import { layers } from "../../kernel-helpers/plots/layers.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";

const widthOf = (node: { id: string }): number => node.id.length + 2;

/** Each node needs a few of those before it. */
function randomNodes(count: number, seed: number): GraphNode[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    id: `node ${index}`,
    needs: Array.from({ length: Math.min(index, random.integer(3)) }, () => `node ${random.integer(index)}`),
  }));
}

describe("layers", () => {
  test("a node stands below all that it needs; one that needs nothing, just above the first that needs it", () => {
    const { places, levels } = layers(
      [{ id: "a" }, { id: "late" }, { id: "b", needs: ["a"] }, { id: "c", needs: ["b", "late"] }, { id: "d", needs: ["a", "c"] }],
      widthOf,
      "compact",
    );
    expect(["a", "b", "c", "d", "late"].map((id) => places.get(id)!.level)).toEqual([0, 1, 2, 3, 1]);
    expect(levels).toBe(4);
  });

  test("an edge over several levels has a point on each, beside the box that it passes", () => {
    const { edges, places } = layers([{ id: "a" }, { id: "b", needs: ["a"] }, { id: "c", needs: ["b", "a"] }], widthOf, "compact");
    const long = edges.find((path) => path[0]!.level === 0 && path.at(-1)!.level === 2)!;
    expect(long.map(({ level }) => level)).toEqual(expect.arrayContaining([0, 1, 2]));
    const beside = long.find(({ level }) => level === 1)!;
    expect(Math.abs(beside.x - places.get("b")!.x)).toBeGreaterThan(widthOf({ id: "b" }) / 2);
  });

  test("from the ground up, a node stands one level above the highest that it needs, and all that need nothing on the ground", () => {
    const nodes = [{ id: "a" }, { id: "late" }, { id: "b", needs: ["a"] }, { id: "c", needs: ["b", "late"] }];
    const { places, edges } = layers(nodes, widthOf, "lowest");
    expect(["a", "b", "c", "late"].map((id) => places.get(id)!.level)).toEqual([0, 1, 2, 0]);
    for (const path of edges) expect(path[0]!.level).toBeLessThan(path.at(-1)!.level);
  });

  test.each([1, 2, 3, 4, 5])("boxes of a level stand apart, and within the drawing (graph %i)", (seed) => {
    const nodes = randomNodes(40, seed);
    const { places, left, right } = layers(nodes, widthOf, "compact");
    const boxes = nodes.map((node) => ({ ...places.get(node.id)!, half: widthOf(node) / 2 }));
    for (const [at, one] of boxes.entries()) {
      expect(one.x - one.half).toBeGreaterThanOrEqual(left);
      expect(one.x + one.half).toBeLessThanOrEqual(right);
      for (const other of boxes.slice(at + 1).filter(({ level }) => level === one.level)) {
        expect(Math.abs(one.x - other.x)).toBeGreaterThan(one.half + other.half);
      }
    }
  });

  test("a chain stands in one line, and two branches to its sides", () => {
    const { places } = layers(
      [{ id: "a" }, { id: "b", needs: ["a"] }, { id: "c", needs: ["a"] }, { id: "d", needs: ["b", "c"] }],
      widthOf,
      "compact",
    );
    const x = (id: string): number => places.get(id)!.x;
    expect(x("a")).toBeCloseTo(x("d"), 6);
    expect(x("b") + x("c")).toBeCloseTo(2 * x("a"), 6);
  });
});

describe("graph", () => {
  const nodes = [
    { id: "x", detail: "3", group: "given" },
    { id: "square", label: "x < x·x", detail: "9", group: "made", needs: ["x", "x"] },
  ];
  const figure: Figure = graph(nodes, { title: "A square" });

  test("draws a box of two lines for each node, and one arrow for a node that is needed twice", () => {
    expect(figure.layout["annotations"]).toMatchObject([{ text: "x<br>3" }, { text: "x &lt; x·x<br>9" }]);
    expect(figure.data[1]!["y"]).toHaveLength(1);
    expect(figure.data.slice(2).map(({ name }) => name)).toEqual(["given", "made"]);
  });

  test("has the nodes in a table", () => {
    expect(figure[jupyterDisplay]()["text/vnd.cairn.table.v1+html"]).toContain(">x &lt; x·x</td>");
  });

  test.each([
    [[], "nodes must be an array that is not empty, got []\n  hint: pass an array such as [{ id: 'a' }, { id: 'b', needs: ['a'] }]"],
    [[{ id: "a", needs: ["b"] }], '"a" needs "b", which is not among the nodes\n  hint: the nodes are a'],
    [
      [
        { id: "a", needs: ["b"] },
        { id: "b", needs: ["a"] },
      ],
      "dependency cycle among a, b\n  hint: take one of their needs out",
    ],
  ])("refuses %j", (wrong, message) => {
    expect(() => graph(wrong)).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
  });
});
