/** Points, lines and texts: where they stand, how many are drawn, what a picture says that it leaves out. */
import { describe, expect, test } from "vitest";
import { line, scatter } from "../../../kernel-helpers/plots/index.ts";
import { linePath } from "../../../kernel-helpers/plots/svg/lines.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";
import { Drawing, pointsOf } from "./drawing.ts";

const dots = (drawing: Drawing): [number, number][] =>
  drawing
    .named("path")
    .filter(({ attributes }) => attributes["stroke-linecap"] === "round")
    .flatMap(pointsOf);

describe("a scatter", () => {
  const drawing = new Drawing(
    scatter({ a: { x: [0, 2, 10], y: [0, 30, 50] }, b: { x: [4], y: [20] } }, { title: "Two series", xTitle: "time (s)", yTitle: "steps" }),
  );

  test("has its points where the axes say", () => {
    const [, second, , other] = dots(drawing);
    expect(second![0]).toBeCloseTo(drawing.pixel("x", 2, ["0", "10"]), 0);
    expect(second![1]).toBeCloseTo(drawing.pixel("y", 30, ["0", "50"]), 0);
    expect(other![0]).toBeCloseTo(drawing.pixel("x", 4, ["0", "10"]), 0);
  });

  test("has title, axis titles, ticks, legend and a name for those who do not see it", () => {
    expect(drawing.texts).toEqual([
      "0",
      "2",
      "4",
      "6",
      "8",
      "10",
      "0",
      "10",
      "20",
      "30",
      "40",
      "50",
      "time (s)",
      "steps",
      "Two series",
      "a",
      "b",
    ]);
    expect(drawing.root.attributes).toMatchObject({ role: "img", "aria-label": "Two series", width: "800", height: "420" });
  });

  test("gives each series the colour of its turn", () => {
    expect(drawing.named("path").filter(({ attributes }) => attributes["stroke-width"] === "8").map(({ attributes }) => attributes["stroke"])).toEqual(["#0072b2", "#e69f00", "#0072b2", "#e69f00"]); // prettier-ignore
  });

  test("of 5,000 points takes less than 100 KB; of 20,000 one in four is drawn, and that is said", () => {
    const random = createRandom(1);
    const cloud = (count: number): { x: number[]; y: number[] } => ({
      x: Array.from({ length: count }, () => random.normal()),
      y: Array.from({ length: count }, () => random.normal()),
    });
    const whole = new Drawing(scatter({ a: cloud(5000) }));
    expect(whole.source.length).toBeLessThan(100_000);
    expect(dots(whole).length).toBeGreaterThan(4000); // those that fall on one another are drawn once
    const thinned = new Drawing(scatter({ a: cloud(10_000), b: cloud(10_000) }));
    expect(thinned.source.length).toBeLessThan(100_000);
    expect(thinned.texts.at(-1)).toBe("One point in 4 of 20,000 is drawn.");
  });

  test("colours of the points may be numbers on a scale, and sizes may differ", () => {
    const marker = { color: [0, 1], cmin: 0, cmax: 1, colorscale: [[0, "#ff0000"], [1, "#0000ff"]], size: [4, 12], showscale: true, colorbar: { title: { text: "weight" } } }; // prettier-ignore
    const own = new Drawing({ data: [{ mode: "markers", x: [1, 2], y: [1, 2], marker }], layout: {} });
    expect(own.named("path").filter(({ attributes }) => attributes["stroke-linecap"]).map(({ attributes }) => [attributes["stroke"], attributes["stroke-width"]])).toEqual([["#ff0000", "4"], ["#0000ff", "12"]]); // prettier-ignore
    expect(own.texts).toContain("weight");
  });

  test.each([
    ["square", "path", { fill: "#0072b2" }],
    ["triangle-down", "path", { fill: "#0072b2" }],
    ["square-open", "path", { fill: "none", stroke: "#0072b2" }],
    ["circle-open", "g", { fill: "none", stroke: "#0072b2" }],
  ])("draws %s", (symbol, name, attributes) => {
    const own = new Drawing({
      data: [{ mode: "markers", x: [1], y: [1], marker: { symbol } }],
      layout: { xaxis: { visible: false }, yaxis: { visible: false } },
    });
    expect(own.named(name).at(-1)!.attributes).toMatchObject(attributes);
  });

  test("says that it does not know a marker, and draws a circle", () => {
    const own = new Drawing({ data: [{ mode: "markers", x: [1], y: [1], marker: { symbol: "hexagram" } }] });
    expect(own.texts.at(-1)).toBe('Markers of the kind "hexagram" are drawn as circles.');
    expect(dots(own)).toHaveLength(1);
  });

  test("writes texts beside their points, and none over the left edge", () => {
    const trace = {
      mode: "text",
      x: [0, 1],
      y: [0, 0],
      text: ["a long text that would begin outside of the picture", "b"],
      textposition: "top center",
    };
    const own = new Drawing({ data: [trace], layout: { xaxis: { range: [0, 1] }, margin: { l: 0 } } });
    const { x } = own.text(trace.text[0]!).attributes;
    expect(Number(x)).toBeGreaterThan(100);
  });
});

describe("a line", () => {
  test("runs through its points, and stops where one is missing", () => {
    const own = new Drawing({ data: [{ mode: "lines", x: [0, 1, 2, 3, 4], y: [0, 1, null, 1, 0] }] });
    const path = own.named("path").find(({ attributes }) => attributes["stroke-width"] === "2")!;
    expect(path.attributes["d"]!.match(/M/g)).toHaveLength(2);
    expect(pointsOf(path)[1]![0]).toBeCloseTo(own.pixel("x", 1, ["0", "4"]), 0);
  });

  test("of 100,000 points keeps its shape in less than 60 KB: of each column of pixels the first, lowest, highest and last", () => {
    const y = Array.from({ length: 100_000 }, (_, index) => Math.sin(index / 50));
    y[77_777] = 9;
    const own = new Drawing(line({ a: y }));
    const path = own.named("path").find(({ attributes }) => attributes["stroke-width"] === "2")!;
    const highest = pointsOf(path).toSorted(([, one], [, other]) => one - other)[0]!;
    expect(highest[0]).toBeCloseTo(own.pixel("x", 77_777, ["0", "80k"]), 0);
    expect(own.source.length).toBeLessThan(100_000);
  });

  test("may be dashed, and stand in steps", () => {
    const own = new Drawing({ data: [{ mode: "lines", x: [0, 1], y: [0, 1], line: { dash: "dash", shape: "hv" } }] });
    const path = own.named("path").find(({ attributes }) => attributes["stroke-dasharray"] === "7 4")!;
    const [from, corner, to] = pointsOf(path);
    expect(corner).toEqual([to![0], from![1]]);
  });

  test("as a spline goes through all points, and straight through those in a row", () => {
    const path = linePath([{ x: 0, y: 0 }, { x: 10, y: 10 }, { x: 20, y: 20 }, { x: 30, y: 30 }], "spline", 1); // prettier-ignore
    const points = [...path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)];
    expect(path).toMatch(/^M0 0Q.* 10 10C.* 20 20Q.* 30 30$/);
    for (const [, x, y] of points) expect(Number(x)).toBeCloseTo(Number(y), 6);
  });
});
