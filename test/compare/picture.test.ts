/** Pictures: read as Pillow reads them, compared as people do. */
import { readFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pictureDifference, pictureOf, pictureSummary } from "../../src/compare/picture.ts";
import { readPng } from "../../src/compare/png.ts";

const cases = JSON.parse(readFileSync("test/compare/fixtures/pictures.json", "utf8")) as { mode: string; png: string; rgb: number[] }[];

test.each(cases)("a picture of Pillow's mode $mode has its pixels", ({ png, rgb }) => {
  const pixels = readPng(Buffer.from(png, "base64"))!;
  expect([pixels.width, pixels.height]).toEqual([11, 7]);
  expect([...pixels.rgb]).toEqual(rgb);
});

test("what is not a picture, or is cut off, is not read", () => {
  const png = Buffer.from(cases[0]!.png, "base64");
  for (const bytes of [Buffer.alloc(0), Buffer.from("GIF89a"), png.subarray(0, 20), png.subarray(0, 60)])
    expect(readPng(bytes)).toBeUndefined();
});

/** A grey PNG, every filter 0. */
function grey(width: number, height: number, value: (x: number, y: number) => number): string {
  const chunk = (type: string, content: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(content.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const rows = Buffer.concat(
    Array.from({ length: height }, (_, y) => Buffer.from([0, ...Array.from({ length: width }, (__, x) => value(x, y))])),
  );
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]).toString("base64"); // prettier-ignore
}

describe("two pictures", () => {
  const disc = (radius: number) => (x: number, y: number) => (Math.hypot(x - 100, y - 80) < radius ? 40 : 250);
  const before = pictureOf("image/png", grey(200, 160, disc(50)));

  test("are the same when edges are drawn a little otherwise", () => {
    const soft = pictureOf(
      "image/png",
      grey(200, 160, (x, y) => Math.min(255, disc(50)(x, y) + ((x * 7 + y) % 5))),
    );
    expect(soft.sha256).not.toBe(before.sha256);
    expect(pictureDifference(before, soft)).toBeUndefined();
    expect(pictureDifference(before, soft, 0)).toMatch(/^\d+ of its 1024 parts look different, at most by [12] %$/);
  });

  test("differ when something is larger, or the picture is", () => {
    expect(pictureDifference(before, pictureOf("image/png", grey(200, 160, disc(60))))).toMatch(
      /of its 1024 parts look different, at most by 8\d %/,
    );
    expect(pictureDifference(before, pictureOf("image/png", grey(201, 160, disc(50))))).toBe(
      "it is 201 × 160 pixels large, and was 200 × 160",
    );
  });

  test("that cannot be read differ by their bytes", () => {
    const [one, other] = ["AAAA", "AAAB"].map((bytes) => pictureOf("image/jpeg", bytes));
    expect(pictureDifference(one!, one!)).toBeUndefined();
    expect(pictureDifference(one!, other!)).toBe("its bytes differ");
    expect(pictureSummary(one!)).toBe("1 KB, sha256 709e80c88487");
    expect(pictureSummary(before)).toMatch(/^200 × 160 pixels, 1 KB, sha256 [0-9a-f]{12}$/);
  });
});
