/** Bars: where they begin and end, side by side and on top of each other, and their texts in them or beyond. */
import { describe, expect, test } from "vitest";
import { bar } from "../../../kernel-helpers/plots/index.ts";
import { Drawing, type Node } from "./drawing.ts";

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Rectangles of a path, in the order of the bars. */
function boxesOf({ attributes }: Node): Box[] {
  return [...attributes["d"]!.matchAll(/M([\d.-]+) ([\d.-]+)H([\d.-]+)V([\d.-]+)H/g)].map(([, ...numbers]) => {
    const [x0, y0, x1, y1] = numbers.map(Number) as [number, number, number, number];
    return { left: Math.min(x0, x1), right: Math.max(x0, x1), top: Math.min(y0, y1), bottom: Math.max(y0, y1) };
  });
}

const bars = (drawing: Drawing): Box[][] =>
  drawing
    .named("path")
    .filter(({ attributes }) => attributes["d"]!.endsWith("Z") && attributes["d"]!.includes("H"))
    .map(boxesOf);

describe("bars", () => {
  test("stand on zero and end at their values, with a fifth of their place between them", () => {
    const drawing = new Drawing(bar({ one: 1, two: 2 }));
    const [[one, two]] = bars(drawing) as [Box[]];
    expect(one!.bottom).toBeCloseTo(drawing.pixel("y", 0, ["0", "2"]), 0);
    expect(two!.top).toBeCloseTo(drawing.pixel("y", 2, ["0", "2"]), 0);
    expect((two!.left - one!.right) / (one!.right - one!.left)).toBeCloseTo(0.25, 1);
    expect((one!.left + one!.right) / 2).toBeCloseTo(Number(drawing.text("one").attributes["x"]), 0);
    expect(drawing.plot.bottom).toBeCloseTo(one!.bottom, 0);
  });

  test("of a group touch, and those below zero hang from it", () => {
    const drawing = new Drawing(bar({ zh: [1, -1], en: [2, 3] }, { labels: ["GPT-2", "ours"] }));
    const [zh, en] = bars(drawing) as [Box[], Box[]];
    expect(zh[0]!.right).toBeCloseTo(en[0]!.left, 0);
    expect(zh[1]!.top).toBeCloseTo(en[1]!.bottom, 0);
    expect(zh[1]!.bottom).toBeCloseTo(drawing.pixel("y", -1, ["0", "3"]), 0);
  });

  test("carry their texts where those fit, in letters that can be read on them", () => {
    const drawing = new Drawing(bar({ high: 100, low: 0.1 }, { digits: 1 }));
    const [[high, low]] = bars(drawing) as [Box[]];
    const [inside, beyond] = ["100", "0.1"].map((text) =>
      drawing.named("text").find((node) => node.text === text && node.attributes["text-anchor"] === "middle")!,
    );
    expect(Number(inside!.attributes["y"])).toBeGreaterThan(high!.top);
    expect(inside!.attributes["fill"]).toBe("#ffffff");
    expect(Number(beyond!.attributes["y"])).toBeLessThanOrEqual(low!.top);
    expect(beyond!.attributes["fill"]).toBe("#767676");
  });

  test("that are narrow and long have their texts upright in them; crowded names are turned", () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`name number ${index}`, 10_000 + index]));
    const drawing = new Drawing(bar(many));
    expect(drawing.text("10000").attributes["transform"]).toMatch(/^rotate\(90 /);
    expect(drawing.text("name number 0").attributes["transform"]).toMatch(/^rotate\(90 /);
    const few = new Drawing(bar(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`name number ${index}`, 1]))));
    expect(few.text("name number 0").attributes["transform"]).toMatch(/^rotate\(30 /);
  });

  test("may lie, and may stand on each other", () => {
    const lying = new Drawing({ data: [{ type: "bar", orientation: "h", y: ["a", "b"], x: [1, 2] }] });
    const [[a, b]] = bars(lying) as [Box[]];
    expect(a!.right).toBeCloseTo(lying.pixel("x", 1, ["0", "2"]), 0);
    expect(b!.bottom).toBeLessThan(a!.top);
    const trace = { type: "bar", x: ["a"], showlegend: false };
    const stacked = new Drawing({
      data: [
        { ...trace, y: [1] },
        { ...trace, y: [2] },
      ],
      layout: { barmode: "stack" },
    });
    const [[lower], [upper]] = bars(stacked) as [Box[], Box[]];
    expect(upper!.bottom).toBeCloseTo(lower!.top, 0);
    expect(upper!.top).toBeCloseTo(stacked.pixel("y", 3, ["0", "3"]), 0);
  });

  test("on a logarithmic axis stand on its end", () => {
    const drawing = new Drawing({ data: [{ type: "bar", x: ["a", "b"], y: [10, 1000] }], layout: { yaxis: { type: "log" } } });
    const [[a]] = bars(drawing) as [Box[]];
    expect(a!.bottom).toBeCloseTo(drawing.plot.bottom, 0);
  });

  test("more than 2,000 are counted", () => {
    const drawing = new Drawing({ data: [{ type: "bar", y: Array.from({ length: 3000 }, () => 1) }] });
    expect(drawing.texts.at(-1)).toBe("The first 2,000 of 3,000 bars are drawn.");
  });
});
