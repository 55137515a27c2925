/** Text on images: lines are found, made upright, read, and put in order. PP-OCRv4's networks (PaddleOCR), Chinese and English. */
import { readFile } from "node:fs/promises";
import { ClosedError } from "../../errors.ts";
import { fetchModel } from "../../models/index.ts";
import { createSession, type Session, type SessionOptions } from "../../onnx/index.ts";
import { checkInstance, checkNumber, checkOptions, checkSignal } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { RgbImage } from "../images/rgb-image.ts";
import { cutOut } from "./cut-out.ts";
import { detectText, type TextBox } from "./detect.ts";
import { OcrPage, type OcrLine } from "./page.ts";
import { recognizeLine, upsideDown } from "./recognize.ts";
import { distanceOf, type Point, type Quad } from "./rectangle.ts";

export interface LoadOcrOptions {
  /** @default "cpu" */
  device?: SessionOptions["device"];
  signal?: AbortSignal;
}

export interface OcrOptions {
  /** Lines of which the network is less sure are left out. @default 0.5 */
  minScore?: number;
  signal?: AbortSignal;
  /** Called after each line with how many of all have been read. */
  onProgress?: (done: number, total: number) => void;
}

interface Networks {
  detection: Session;
  direction: Session;
  recognition: Session;
}

/** From this on a line is taken as upside down. */
const surelyUpsideDown = 0.9;

/**
 * Reads the text on images. Give it back with close().
 *
 * @example
 * const ocr = await Ocr.load()
 * const page = await ocr.read(await readImage('receipt.jpg'))
 * page.text
 * ocr.close()
 */
export class Ocr implements Disposable {
  readonly #characters: readonly string[];
  #networks: Networks | undefined;

  private constructor(networks: Networks, characters: readonly string[]) {
    this.#networks = networks;
    this.#characters = characters;
  }

  /** PP-OCRv4, 16 MB, fetched at the first time. @throws {UnavailableError} It cannot be fetched. */
  static async load(options: LoadOcrOptions = {}): Promise<Ocr> {
    checkOptions("options", options, ["device", "signal"]);
    checkSignal("signal", options.signal);
    const { device = "cpu", signal } = options;
    const { files } = await fetchModel("PP-OCRv4", { signal });
    const open = (name: string): Promise<Session> => createSession(files[name]!, { device });
    const networks = {
      detection: await open("ch_PP-OCRv4_det_infer.onnx"),
      direction: await open("ch_ppocr_mobile_v2.0_cls_infer.onnx"),
      recognition: await open("ch_PP-OCRv4_rec_infer.onnx"),
    };
    const keys = await readFile(files["ppocr_keys_v1.txt"]!, "utf8");
    return new Ocr(networks, [...keys.replace(/\n$/, "").split(/\r?\n/), " "]);
  }

  /**
   * All text of an image. Pages may be turned by any angle and stand on their side or upside down.
   *
   * @throws {ClosedError} After close().
   * @throws {InterruptedError} By the signal, ■ or Ctrl-C.
   */
  async read(image: RgbImage, options: OcrOptions = {}): Promise<OcrPage> {
    checkInstance("image", image, RgbImage, { hint: "read it with readImage" });
    checkOptions("options", options, ["minScore", "signal", "onProgress"]);
    checkSignal("signal", options.signal);
    const minScore = checkNumber("minScore", options.minScore ?? 0.5, { min: 0, max: 1 });
    const networks = this.#open();
    using interrupt = await interruptible(options.signal);
    const { image: upright, boxes, quarters } = await standUp(networks, image, this.#characters);
    const lines: { upright: Quad; line: OcrLine }[] = [];
    for (const [index, { box }] of boxes.entries()) {
      interrupt.signal.throwIfAborted();
      const { text, score } = await this.#recognize(networks, cutOut(upright, box));
      if (text !== "" && score >= minScore) lines.push({ upright: box, line: { text, score, box: turnedBack(box, upright, quarters) } });
      options.onProgress?.(index + 1, boxes.length);
    }
    return new OcrPage(lines, quarters);
  }

  async #recognize({ direction, recognition }: Networks, part: RgbImage): Promise<{ text: string; score: number }> {
    const read = await recognizeLine(recognition, part, this.#characters);
    // Single lines may stand on their head on a page that does not.
    if (read.score >= surelyUpsideDown || (await upsideDown(direction, part)) < surelyUpsideDown) return read;
    const turned = await recognizeLine(recognition, part.rotate(2), this.#characters);
    return turned.score > read.score ? turned : read;
  }

  #open(): Networks {
    if (this.#networks) return this.#networks;
    throw new ClosedError("this Ocr is closed", { hint: "load another one, or close it later" });
  }

  close(): void {
    for (const session of Object.values(this.#networks ?? {}) as Session[]) session.close();
    this.#networks = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The image turned so that most of its text runs from left to right, and the text's boxes. */
async function standUp(
  networks: Networks,
  image: RgbImage,
  characters: readonly string[],
): Promise<{ image: RgbImage; boxes: TextBox[]; quarters: number }> {
  let [turned, quarters, boxes] = [image, 0, await detectText(networks.detection, image)];
  const length = (which: (box: Quad) => boolean): number =>
    boxes.reduce((sum, { box }) => sum + (which(box) ? Math.max(distanceOf(box[0], box[1]), distanceOf(box[0], box[3])) : 0), 0);
  const isTall = ([a, b, , d]: Quad): boolean => distanceOf(a, d) > 1.5 * distanceOf(a, b);
  if (length(isTall) > length((box) => !isTall(box))) {
    [turned, quarters] = [image.rotate(1), 1];
    boxes = await detectText(networks.detection, turned);
  }
  let [down, up] = [0, 0];
  for (const { box } of boxes) {
    const likely = await upsideDown(networks.direction, cutOut(turned, box));
    if (likely > 0.5) down += likely;
    else up += 1 - likely;
  }
  if (down <= up || !(await readsBetterTurned(networks, turned, boxes, characters))) return { image: turned, boxes, quarters };
  const flip = ({ x, y }: Point): Point => ({ x: turned.width - x, y: turned.height - y });
  const flipped = boxes.map(({ box: [a, b, c, d], score }) => ({ box: [flip(c), flip(d), flip(a), flip(b)] as const, score }));
  return { image: turned.rotate(2), boxes: flipped, quarters: quarters + 2 };
}

/** Whether the longest lines say more when they are turned around: the network for directions errs on small letters. */
async function readsBetterTurned(
  networks: Networks,
  image: RgbImage,
  boxes: readonly TextBox[],
  characters: readonly string[],
): Promise<boolean> {
  const length = ({ box: [a, b] }: TextBox): number => distanceOf(a, b);
  let lead = 0;
  for (const { box } of boxes.toSorted((a, b) => length(b) - length(a)).slice(0, 3)) {
    const part = cutOut(image, box);
    const [plain, turned] = [part, part.rotate(2)].map((each) => recognizeLine(networks.recognition, each, characters));
    lead += (await turned!).score - (await plain!).score;
  }
  return lead > 0;
}

/** A box of the upright image, in the pixels of the image as it was given. */
function turnedBack(box: Quad, { width, height }: RgbImage, quarters: number): Quad {
  const back = [
    ({ x, y }: Point) => ({ x, y }),
    ({ x, y }: Point) => ({ x: y, y: width - x }),
    ({ x, y }: Point) => ({ x: width - x, y: height - y }),
    ({ x, y }: Point) => ({ x: height - y, y: x }),
  ][quarters]!;
  return box.map(back) as unknown as Quad;
}
