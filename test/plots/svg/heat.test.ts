/** Heatmaps and contours: the colours at known places (read from the image in the picture), their texts, the colour bar, the line of a level. */
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { contour, heatmap } from "../../../kernel-helpers/plots/index.ts";
import { Drawing, pointsOf, type Node } from "./drawing.ts";

/** Colours of the pixels of a PNG with a palette, as "r,g,b,opacity of 255". */
function pixelsOf({ attributes }: Node): (x: number, y: number) => string {
  const png = Buffer.from(attributes["href"]!.replace("data:image/png;base64,", ""), "base64");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    chunks.set(png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const width = chunks.get("IHDR")!.readUInt32BE(0);
  const [palette, opacities, lines] = [chunks.get("PLTE")!, chunks.get("tRNS")!, inflateSync(chunks.get("IDAT")!)];
  return (x, y) => {
    const index = lines[y * (width + 1) + 1 + x]!;
    return [...palette.subarray(3 * index, 3 * index + 3), opacities[index]].join();
  };
}

const imageOf = (drawing: Drawing): Node => drawing.named("image")[0]!;

describe("a heatmap", () => {
  const drawing = new Drawing(heatmap([[0, 1], [0.5, 0]], { labels: ["a", "b"], valueTitle: "cosine" })); // prettier-ignore

  test("has the first row on top, dark for low and light for high, to the edges of the plot", () => {
    const colour = pixelsOf(imageOf(drawing));
    const { left, right, top, bottom } = drawing.plot;
    const { x, y, width, height } = imageOf(drawing).attributes;
    expect([x, y, width, height].map(Number)).toEqual([left, top, right - left, bottom - top]);
    const [near, far] = [2, Math.round(right - left) - 3];
    const low = Math.round(bottom - top) - 3;
    expect([colour(near, 2), colour(far, 2), colour(near, low), colour(far, low)]).toEqual(["0,32,76,255", "255,233,69,255", "124,123,119,255", "0,32,76,255"]); // prettier-ignore
  });

  test("has its numbers, in black on light and white on dark, and its names", () => {
    const fills = Object.fromEntries(drawing.named("text").map(({ text, attributes }) => [text, attributes["fill"]]));
    expect(fills).toMatchObject({ "1.00": "#1a1a1a", "0.00": "#ffffff", "0.50": "#ffffff" });
    expect(drawing.texts.filter((text) => text === "a" || text === "b")).toEqual(["a", "b", "a", "b"]);
  });

  test("has a colour bar with its title, from its smallest to its largest value", () => {
    expect(drawing.text("cosine").attributes["transform"]).toMatch(/^rotate\(90/);
    const bar = drawing.named("image")[1]!;
    const colour = pixelsOf(bar);
    expect([colour(0, 0), colour(0, Math.floor(Number(bar.attributes["height"])) - 1)]).toEqual(["254,232,70,255", "0,33,78,255"]);
    expect(drawing.texts).toEqual(expect.arrayContaining(["0", "0.2", "0.8", "1"]));
  });

  test("leaves gaps open, and takes the values' range from the figure", () => {
    const own = new Drawing({ data: [{ type: "heatmap", z: [[null, 5]], zmin: 0, zmax: 10, colorscale: "Greys", showscale: false }] });
    const colour = pixelsOf(imageOf(own));
    const right = Math.round(Number(imageOf(own).attributes["width"])) - 2;
    expect([colour(2, 2), colour(right, 2)]).toEqual(["0,0,0,0", "128,128,128,255"]);
  });

  test("of 300 × 300 values is drawn from means, says so, and takes less than 150 KB", () => {
    const rows = Array.from({ length: 300 }, (_, row) =>
      Array.from({ length: 300 }, (__, column) => Math.sin(row * 12.9898 + column * 78.233)),
    );
    const large = new Drawing(heatmap(rows));
    expect(large.texts.at(-1)).toBe("Each cell is the mean of 2 × 2 values.");
    expect(large.source.length).toBeLessThan(150_000);
  });

  test("says which colour scale it does not have", () => {
    const own = new Drawing({ data: [{ type: "heatmap", z: [[1, 2]], colorscale: "Jet" }] });
    expect(own.texts.at(-1)).toBe('The colour scale "Jet" is drawn as Cividis.');
  });
});

describe("a contour", () => {
  /** x over a square: 0 at the left, 1 at the right. */
  const slope = Array.from({ length: 21 }, () => Array.from({ length: 21 }, (_, column) => column / 20));
  const square = { x: [-1, 1], y: [-1, 1] } as const;

  test("goes from the colour of low to that of high, as wide as it is high", () => {
    const drawing = new Drawing(contour(slope, square));
    const { left, right, top, bottom } = drawing.plot;
    expect(right - left).toBeCloseTo(bottom - top, 0);
    const colour = pixelsOf(imageOf(drawing));
    const far = Math.round((right - left) / 2) - 1;
    expect([colour(0, 9), colour(far, 9)]).toEqual(["1,114,178,152", "229,159,1,152"]);
  });

  test("has the line where the level is, and none along its edges", () => {
    const drawing = new Drawing(contour(slope, { ...square, level: 0.5 }));
    const level = drawing.named("path").find(({ attributes }) => attributes["stroke-width"] === "2")!;
    const { left, right, top, bottom } = drawing.plot;
    const points = pointsOf(level).filter((_, index) => index > 0);
    const drawn = level.attributes["d"]!.split("M")
      .filter((run) => run.includes("L"))
      .flatMap((run) => run.split("L"));
    for (const point of drawn) expect(Number(point.split(" ")[0])).toBeCloseTo((left + right) / 2, 0);
    expect(Math.max(...points.map(([, y]) => y)) - Math.min(...points.map(([, y]) => y))).toBeGreaterThan(0.9 * (bottom - top));
  });

  test("of a film shows its last picture, and says so", () => {
    const drawing = new Drawing(contour({ before: slope, after: slope }, square));
    expect(drawing.texts.at(-1)).toBe('Shown is "after", one of 2 pictures of the interactive figure\'s slider, "before" to "after".');
  });
});
