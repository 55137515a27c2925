import { describe, expect, test } from "vitest";
import { decodeCtc } from "../../../kernel-helpers/multimodal/index.ts";
import { meanWithin, regionsOf } from "../../../kernel-helpers/multimodal/ocr/components.ts";
import { boxesOf } from "../../../kernel-helpers/multimodal/ocr/detect.ts";
import { layOut } from "../../../kernel-helpers/multimodal/ocr/layout.ts";
import { cornersOf, smallestRectangle, type Quad } from "../../../kernel-helpers/multimodal/ocr/rectangle.ts";

describe("the smallest rectangle", () => {
  test.each([0, 0.1, -0.3, 0.7, -0.75])("around the points of a rectangle turned by %d is that rectangle", (angle) => {
    const corners = cornersOf({ center: { x: 50, y: 40 }, width: 30, height: 10, angle });
    const inner = cornersOf({ center: { x: 51, y: 40 }, width: 12, height: 4, angle });
    const found = smallestRectangle([...inner, ...corners]);
    expect(found.center.x).toBeCloseTo(50, 6);
    expect(found.center.y).toBeCloseTo(40, 6);
    expect([found.width, found.height].sort((a, b) => a - b).map((side) => side.toFixed(6))).toEqual(["10.000000", "30.000000"]);
    expect(found.angle).toBeCloseTo(angle, 6);
  });

  test("of an equilateral triangle stands on one of its sides", () => {
    const height = Math.sqrt(3) / 2;
    const { width, height: other } = smallestRectangle([{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 0.5, y: height }]); // prettier-ignore
    expect(width * other).toBeCloseTo(height, 6);
  });
});

describe("regions of a mask", () => {
  test("hang together by corners, too", () => {
    // prettier-ignore
    const mask = Uint8Array.of(1,0,0,0,1, 0,1,0,0,1, 0,0,0,0,0, 1,1,1,0,0);
    const regions = regionsOf(mask, 5, 4);
    expect(regions.map((points) => new Set(points.map(({ x, y }) => `${x},${y}`)))).toEqual([
      new Set(["0,0", "1,1"]),
      new Set(["4,0", "4,1"]),
      new Set(["0,3", "2,3"]),
    ]);
  });

  test("the mean within a polygon is that of its pixels", () => {
    const map = Float32Array.from({ length: 100 }, (_, at) => (at % 10 >= 3 && at % 10 <= 6 ? 1 : 0));
    const box = cornersOf({ center: { x: 4.5, y: 5 }, width: 3, height: 4, angle: 0 });
    expect(meanWithin(map, 10, 10, box)).toBe(1);
    expect(meanWithin(map, 10, 10, cornersOf({ center: { x: 4.5, y: 4.5 }, width: 9, height: 9, angle: 0 }))).toBeCloseTo(0.4, 6);
  });
});

test("a box of a map is that of its region, grown as it was shrunk in training", () => {
  const map = new Float32Array(100 * 60);
  for (let y = 20; y < 29; y++) for (let x = 10; x < 69; x++) map[y * 100 + x] = 0.8;
  map[0] = 0.9; // too small to be text
  const [{ box, score }, ...others] = boxesOf(map, 100, 60) as [ReturnType<typeof boxesOf>[0]];
  expect(others).toEqual([]);
  expect(score).toBeGreaterThan(0.7);
  // 59 × 9 pixels, of each grown by one; from middle to middle 59 × 9, and so by 59·9·1.6 / (2·(59 + 9)) = 6.25 on each side
  expect([box[0].x, box[0].y, box[2].x, box[2].y].map((at) => at.toFixed(2))).toEqual(["3.75", "13.75", "75.25", "35.25"]);
});

describe("CTC", () => {
  const probabilities = (classes: readonly number[]): Float32Array =>
    Float32Array.from(classes.flatMap((best) => [0, 1, 2, 3].map((each) => (each === best ? 0.7 : 0.1))));
  const read = (classes: readonly number[]): string => decodeCtc(probabilities(classes), classes.length, ["a", "b", "中"]).text;

  test("says a repeated class once, and again after nothing", () => {
    expect(read([1, 1, 0, 1, 2, 2, 3])).toBe("aab中");
    expect(read([0, 0, 0])).toBe("");
    expect(decodeCtc(probabilities([1, 0, 2]), 3, ["a", "b", "c"]).score).toBeCloseTo(0.7, 6);
  });
});

describe("the order of reading", () => {
  const line = (
    text: string,
    left: number,
    top: number,
    width: number,
    height: number = 20,
    angle: number = 0,
  ): { text: string; box: Quad } => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const at = (x: number, y: number): { x: number; y: number } => ({ x: x * cos - y * sin, y: x * sin + y * cos });
    return { text, box: [at(left, top), at(left + width, top), at(left + width, top + height), at(left, top + height)] };
  };
  const texts = (lines: readonly { text: string; box: Quad }[]): unknown =>
    layOut(lines).map(({ kind, rows }) => [
      kind,
      rows.map((row) => row.map((cell) => (Array.isArray(cell) ? cell.map(({ text }) => text) : cell.text))),
    ]);

  const page = (angle: number): { text: string; box: Quad }[] => [
    line("right 2", 420, 90, 350, 20, angle),
    line("left 1", 20, 60, 350, 20, angle),
    line("title", 20, 10, 700, 20, angle),
    line("right 1", 420, 62, 350, 20, angle),
    line("left 2", 20, 88, 340, 20, angle),
    line("foot", 20, 200, 700, 20, angle),
  ];

  test.each([0, 0.12, -0.2])("goes down one column and then the next, under a title, on a page turned by %d", (angle) => {
    expect(texts(page(angle))).toEqual([
      ["text", [["title"]]],
      ["text", [["left 1"], ["left 2"]]],
      ["text", [["right 1"], ["right 2"]]],
      ["text", [["foot"]]],
    ]);
  });

  test("takes short cells side by side as the rows of a table, empty ones as well", () => {
    const table = [
      line("item", 20, 100, 60), line("price", 220, 100, 60), line("stock", 420, 100, 60),
      line("tea", 20, 140, 40), line("12", 220, 140, 25), line("4", 420, 140, 12),
      line("coffee", 20, 180, 70), line("7", 420, 180, 12),
    ]; // prettier-ignore
    expect(texts([line("what we have", 20, 20, 400), ...table])).toEqual([
      ["text", [["what we have"]]],
      ["table", [[["item"], ["price"], ["stock"]], [["tea"], ["12"], ["4"]], [["coffee"], [], ["7"]]]],
    ]); // prettier-ignore
  });

  test("parts paragraphs by white", () => {
    expect(texts([line("a", 0, 0, 300), line("b", 0, 28, 300), line("c", 0, 90, 300)])).toEqual([["text", [["a"], ["b"]]], ["text", [["c"]]]]); // prettier-ignore
  });
});
