/** Treemaps as pictures: areas as large as the sizes, parts within their wholes, names where there is room. */
import { describe, expect, test } from "vitest";
import { treemap } from "../../../kernel-helpers/plots/index.ts";
import { squarify } from "../../../kernel-helpers/plots/svg/squarify.ts";
import { Drawing, type Node } from "./drawing.ts";

describe("squarify", () => {
  test("places the example of Bruls, Huizing and van Wijk's paper as its figure does", () => {
    const places = squarify([6, 6, 4, 3, 2, 2, 1], { left: 0, top: 0, width: 6, height: 4 }, 24);
    const sides = places.map(({ width, height }) => [width, height]);
    // Two squares of 3 × 2 on the left; beside them 4 and 3 above; 2, 2 and 1 below, 5/3 high.
    const third = 5 / 3;
    expect(sides.flat()).toEqual(
      [[3, 2], [3, 2], [12 / 7, 7 / 3], [9 / 7, 7 / 3], [6 / 5, third], [6 / 5, third], [3 / 5, third]].flat().map((side) => expect.closeTo(side, 9)), // prettier-ignore
    );
    expect(places[1]).toMatchObject({ left: 0, top: 2 });
    expect(places[6]).toMatchObject({ left: expect.closeTo(5.4, 9) as number, top: expect.closeTo(7 / 3, 9) as number });
  });

  test("leaves room empty where the values are less than the whole, and does not mind zeros", () => {
    const places = squarify([1, 0, 0], { left: 0, top: 0, width: 2, height: 1 }, 2);
    expect(places[0]).toEqual({ left: 0, top: 0, width: 1, height: 1 });
    expect(places.slice(1).map(({ width, height }) => width * height)).toEqual([0, 0]);
  });
});

describe("a treemap", () => {
  const area = ({ attributes }: Node): number => Number(attributes["width"]) * Number(attributes["height"]);
  const drawing = new Drawing(treemap({ large: 300_000, "small.one": 100_000, "small.two": 1 }, { title: "Sizes" }));

  test("gives parts areas in the proportion of their sizes, within their whole", () => {
    const [all, large, small, one] = drawing.named("rect") as [Node, Node, Node, Node];
    expect(area(large) / area(small)).toBeCloseTo(3, 0);
    expect(area(all)).toBeGreaterThan(area(large) + area(small));
    const [inner, outer] = [one, small].map(({ attributes }) => ({ left: Number(attributes["x"]), width: Number(attributes["width"]) }));
    expect(inner!.left).toBeGreaterThan(outer!.left);
    expect(inner!.left + inner!.width).toBeLessThan(outer!.left + outer!.width);
  });

  test("names what is large enough, and draws no axes and no note", () => {
    expect(drawing.texts).toEqual(["all", "large", "small", "one", "Sizes", "large", "small"]);
  });

  test("of JSON that makes no sense is empty", () => {
    const trace = {
      type: "treemap",
      labels: ["a", 3, null],
      parents: ["a", "b"],
      values: ["x", -1, Infinity],
      ids: {},
      marker: { colors: "red" },
    };
    expect(new Drawing({ data: [trace] }).named("rect")).toHaveLength(1); // the background
  });
});
