/** Images and the networks that see them, against Pillow, PyTorch and RapidOCR. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openSession, value } from "../../kernel-helpers/onnx/index.ts";
import { readPth } from "../../kernel-helpers/checkpoints/index.ts";
import { fetchDataset, fetchModel } from "../../kernel-helpers/models/index.ts";
import { buildEfficientNet } from "../../kernel-helpers/multimodal/classify/efficientnet.ts";
import {
  characterErrorRate,
  degrade,
  infoNceLoss,
  Ocr,
  prepareImage,
  readImage,
  renderPage,
  RgbImage,
  type OcrLine,
} from "../../kernel-helpers/multimodal/index.ts";
import { createRandom } from "../../kernel-helpers/nn/index.ts";
import { tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { fromBfloat16, fromFloat16 } from "../../kernel-helpers/runtime/half.ts";
import { askPeer } from "./ask-peer.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-multimodal-"));
afterAll(() => rmSync(folder, { recursive: true }));
const sent = ({ data, width, height }: RgbImage): object => ({ data: Buffer.from(data).toString("base64"), width, height });
const furthest = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Math.max(...Array.from(one, (each, index) => Math.abs(each - other[index]!)));

test("images are resized byte for byte as Pillow does, smaller and larger", () => {
  const random = createRandom(1);
  const image = new RgbImage(
    Uint8Array.from({ length: 61 * 43 * 3 }, () => random.integer(256)),
    { width: 61, height: 43 },
  );
  const to = (["nearest", "box", "bilinear", "bicubic", "lanczos"] as const).flatMap((filter) =>
    [[7, 5], [61, 20], [30, 43], [100, 90], [1, 1], [61, 43], [64, 48]].map(([width, height]) => ({ width: width!, height: height!, filter })),
  ); // prettier-ignore
  const theirs = askPeer("multimodal.py", { do: "resize", image: sent(image), to }) as string[];
  const different = to.filter(
    ({ filter, ...size }, index) => Buffer.from(image.resize(size, { filter }).data).toString("base64") !== theirs[index],
  );
  expect(different).toEqual([]);
});

test("CLIP's loss and its gradients, that of the temperature among them, are PyTorch's", () => {
  const random = createRandom(2);
  const drawn = (): number[][] => Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => random.normal() / 2));
  const [images, texts, scale] = [drawn(), drawn(), 1.7];
  const theirs = askPeer("multimodal.py", { do: "info_nce", images, texts, scale }) as { loss: number; images: number[][]; texts: number[][]; scale: number }; // prettier-ignore
  const lossOf = valueAndGrad((given: Record<"images" | "texts" | "scale", Tensor>) => infoNceLoss(given.images, given.texts, given.scale));
  const [loss, gradients] = lossOf({ images: tensor(images), texts: tensor(texts), scale: tensor(scale) });
  expect(loss.item()).toBeCloseTo(theirs.loss, 5);
  expect(furthest(gradients.images.data as Float32Array, theirs.images.flat())).toBeLessThan(1e-6);
  expect(furthest(gradients.texts.data as Float32Array, theirs.texts.flat())).toBeLessThan(1e-6);
  expect(furthest(gradients.scale.data as Float32Array, [theirs.scale])).toBeLessThan(1e-6);
});

describe("old PyTorch checkpoints", () => {
  const [file, zip, mixed] = ["a.pth", "b.pth", "c.pth"].map((name) => path.join(folder, name)) as [string, string, string];

  test("give tensors of all kinds, parts and transposes of others among them; other things in them are refused", async () => {
    const theirs = askPeer("multimodal.py", { do: "save_pth", file, zip, mixed }) as Record<string, { shape: number[]; numbers: number[] }>;
    const ours = await readPth(file);
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    for (const [name, { shape, numbers }] of Object.entries(theirs)) {
      const { data, dtype, shape: found } = ours[name]!;
      const plain = dtype === "F16" ? fromFloat16(data as Uint16Array) : dtype === "BF16" ? fromBfloat16(data as Uint16Array) : data;
      expect([name, found, Array.from(plain as Float32Array, Number)]).toEqual([name, shape, numbers]);
    }
    await expect(readPth(zip)).rejects.toThrow("b.pth is not an old PyTorch checkpoint of tensors: it is a zip archive");
    await expect(readPth(mixed)).rejects.toThrow('c.pth is not an old PyTorch checkpoint of tensors: it holds "b", which is not a tensor');
  });
});

test("EfficientNet-Lite0 gives PyTorch's logits and features on photographs, and names what is on them", async () => {
  const [{ files }, { files: photographs }] = [await fetchModel("EfficientNet-Lite0"), await fetchDataset("photographs")];
  const images = await Promise.all(["coffee.png", "chelsea.png"].map((name) => readImage(photographs[name]!)));
  const pixels = Float32Array.from(images.flatMap((image) => [...prepareImage(image, { size: 224, shortest: 256 })]));
  const file = files["efficientnet-lite0-57934424.pth"]!;
  const theirs = askPeer("multimodal.py", { do: "classify", file, pixels: Buffer.from(pixels.buffer).toString("base64") }) as Record<"features" | "logits", number[][]>; // prettier-ignore
  using session = openSession(buildEfficientNet(await readPth(file)));
  const ours = session.runSync({ pixels: value(pixels, [2, 3, 224, 224]) });
  expect(furthest(ours["logits"]!.data as Float32Array, theirs.logits.flat())).toBeLessThan(1e-3);
  expect(furthest(ours["features"]!.data as Float32Array, theirs.features.flat())).toBeLessThan(1e-3);
});

describe("OCR", () => {
  const texts = [
    { text: "Keep left on the stairs, and hold the rail.", left: 40, top: 40, size: 26 },
    { text: "请靠左行走，扶好栏杆。", left: 40, top: 100, size: 30 },
    { text: "Room 407\n会议室", left: 40, top: 180, size: 22 },
  ];
  const shape = ({ box }: { box: OcrLine["box"] }): number[] => box.flatMap(({ x, y }) => [x, y]);

  test("finds RapidOCR's boxes and reads its texts, on a page as it is and on one that is turned", async () => {
    const { folder: networks } = await fetchModel("PP-OCRv4");
    using ocr = await Ocr.load();
    const page = await renderPage({ width: 700, height: 300, texts });
    for (const image of [page, degrade(page, { seed: 1, angle: 5, noise: 10 })]) {
      const theirs = askPeer("multimodal.py", { do: "ocr", folder: networks, image: sent(image) }) as {
        box: [number, number][];
        text: string;
      }[];
      const ours = (await ocr.read(image)).lines;
      expect(ours.length).toBe(theirs.length);
      // Pixels that were resized otherwise may turn an o into a 0.
      for (const [index, { text }] of ours.entries()) expect(characterErrorRate(theirs[index]!.text, text)).toBeLessThan(0.15);
      for (const [index, line] of ours.entries()) expect(furthest(shape(line), theirs[index]!.box.flat())).toBeLessThan(4);
    }
  });

  test("reads a page upside down and on its side, and says how it has to be turned", async () => {
    using ocr = await Ocr.load();
    const page = await renderPage({ width: 700, height: 300, texts });
    const { text, lines } = await ocr.read(page);
    for (const quarters of [1, 2, 3]) {
      const found = await ocr.read(page.rotate(quarters));
      expect(found.quarters).toBe(4 - quarters);
      expect(characterErrorRate(text, found.text)).toBeLessThan(0.05);
      const [first] = found.lines as [OcrLine];
      const corner = [({ x, y }: { x: number; y: number }) => [300 - y, x], ({ x, y }: { x: number; y: number }) => [700 - x, 300 - y], ({ x, y }: { x: number; y: number }) => [y, 700 - x]][quarters - 1]!; // prettier-ignore
      expect(furthest(shape(first), lines[0]!.box.flatMap(corner))).toBeLessThan(6);
    }
  });

  test("takes a printed table as a table", async () => {
    using ocr = await Ocr.load();
    const cells = [["Item", "Price", "Stock"], ["Tea", "12", "480"], ["Coffee", "31", "75"]]; // prettier-ignore
    const placed = cells.flatMap((row, y) => row.map((text, x) => ({ text, left: 60 + 220 * x, top: 40 + 60 * y, size: 26 })));
    const page = await ocr.read(await renderPage({ width: 700, height: 240, texts: placed }));
    expect(page.blocks).toEqual([{ kind: "table", cells, text: "| Item | Price | Stock |\n| --- | --- | --- |\n| Tea | 12 | 480 |\n| Coffee | 31 | 75 |" }]); // prettier-ignore
  });
});
