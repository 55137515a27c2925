import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { HelperError } from "../../../kernel-helpers/errors.ts";
import { degrade, prepareImage, readImage, RgbImage, squareOf } from "../../../kernel-helpers/multimodal/index.ts";

/** Some image whose pixels are all different. */
function ramp(width: number, height: number): RgbImage {
  return new RgbImage(
    Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 37) % 256),
    { width, height },
  );
}
const codeOf = (error: unknown): string => (HelperError.is(error) ? error.code : String(error));

describe("an image", () => {
  test("comes back from its own PNG as sharp reads it", async () => {
    const image = ramp(7, 5);
    const { data, info } = await sharp(image.png()).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([7, 5, 3]);
    expect(new Uint8Array(data)).toEqual(image.data);
  });

  test("is turned clockwise as sharp turns it", async () => {
    const image = ramp(4, 3);
    for (const quarters of [1, 2, 3, -1, 4]) {
      const { data, info } = await sharp(image.png())
        .rotate(((quarters + 4) % 4) * 90)
        .raw()
        .toBuffer({ resolveWithObject: true });
      const turned = image.rotate(quarters);
      expect([turned.width, turned.height]).toEqual([info.width, info.height]);
      expect(turned.data).toEqual(new Uint8Array(data));
    }
  });

  test("crops as sharp does, and only within itself", async () => {
    const region = { left: 2, top: 1, width: 3, height: 2 };
    const data = await sharp(ramp(7, 5).png()).extract(region).raw().toBuffer();
    expect(ramp(7, 5).crop(region).data).toEqual(new Uint8Array(data));
    expect(() => ramp(7, 5).crop({ ...region, left: 5 })).toThrow("region.left must be an integer ≥ 0 and ≤ 4, got 5");
  });

  test("is refused with too few bytes", () => {
    expect(() => new RgbImage(new Uint8Array(11), { width: 2, height: 2 })).toThrow("2 × 2 pixels take 12 bytes, not 11");
  });

  test.each(["nearest", "box", "bilinear", "bicubic", "lanczos"] as const)("of one colour keeps it when it is resized (%s)", (filter) => {
    const plain = new RgbImage(new Uint8Array(5 * 4 * 3).fill(77), { width: 5, height: 4 });
    expect(new Set(plain.resize({ width: 13, height: 3 }, { filter }).data)).toEqual(new Set([77]));
  });
});

describe("readImage", () => {
  test("reads a grey picture, and one with alpha on white", async () => {
    const grey = await sharp({ create: { width: 3, height: 2, channels: 3, background: "#808080" } }).toColourspace("b-w").png().toBuffer(); // prettier-ignore
    expect([...(await readImage(grey)).data]).toEqual(Array(18).fill(128));
    const clear = await sharp({ create: { width: 2, height: 2, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } }).png().toBuffer(); // prettier-ignore
    expect([...(await readImage(clear)).data]).toEqual(Array(12).fill(255));
  });

  test("turns a photograph upright as its EXIF data says", async () => {
    const lying = await sharp(ramp(6, 4).png()).withExif({ IFD0: { Orientation: "6" } }).withMetadata({ orientation: 6 }).png().toBuffer(); // prettier-ignore
    expect(String(await readImage(lying))).toBe("RgbImage(4 × 6)");
  });

  test("says of a corrupt file, a cut one, a text and a missing one what they are", async () => {
    const whole = await sharp({ create: { width: 300, height: 300, channels: 3, background: "red", noise: { type: "gaussian", mean: 128, sigma: 30 } } }).png().toBuffer(); // prettier-ignore
    await expect(readImage(whole.subarray(0, whole.length >> 1)).catch(codeOf)).resolves.toBe("ERR_FORMAT");
    await expect(readImage(Buffer.from("this is no image"))).rejects.toThrow(/^the image cannot be read: /);
    await expect(readImage("nowhere.png")).rejects.toThrow("there is no file nowhere.png");
    await expect(readImage(whole, { maxPixels: 1000 })).rejects.toThrow("pass a larger maxPixels");
    await expect(readImage(3 as never)).rejects.toThrow("source must be a file's path or its bytes, got 3");
  });
});

describe("prepareImage", () => {
  test("normalises channels by ImageNet's mean and deviation, channels first", () => {
    const red = new RgbImage(
      Uint8Array.from({ length: 12 }, (_, at) => (at % 3 === 0 ? 255 : 0)),
      { width: 2, height: 2 },
    );
    const pixels = prepareImage(red, { size: 2, fit: "stretch" });
    expect(pixels[0]).toBeCloseTo((1 - 0.485) / 0.229, 5);
    expect(pixels[4]).toBeCloseTo(-0.456 / 0.224, 5);
    expect(pixels[8]).toBeCloseTo(-0.406 / 0.225, 5);
  });

  test("takes the middle, stretches or pads to a square", () => {
    const wide = ramp(40, 20);
    expect(squareOf(wide, { size: 8, shortest: 20 }).data).toEqual(wide.crop({ left: 16, top: 6, width: 8, height: 8 }).data);
    expect(squareOf(wide, { size: 10, fit: "stretch" }).data).toEqual(wide.resize({ width: 10, height: 10 }).data);
    const padded = squareOf(wide, { size: 20, fit: "pad" });
    expect([...padded.data.subarray(0, 3)]).toEqual([124, 116, 104]); // the mean's colour
    expect(padded.crop({ left: 0, top: 5, width: 20, height: 10 }).data).toEqual(wide.resize({ width: 20, height: 10 }).data);
  });
});

test("degrade gives the same for the same seed, turns on a larger page, and leaves a clean page alone", () => {
  const image = ramp(30, 20);
  expect(degrade(image, { seed: 1 }).data).toEqual(image.data);
  expect(degrade(image, { seed: 1, noise: 9 }).data).toEqual(degrade(image, { seed: 1, noise: 9 }).data);
  expect(degrade(image, { seed: 1, noise: 9 }).data).not.toEqual(degrade(image, { seed: 2, noise: 9 }).data);
  expect(String(degrade(image, { seed: 1, angle: 90 }))).toMatch(/RgbImage\(2[01] × 3[01]\)/);
});
