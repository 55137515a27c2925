/** What is on a photograph, and photographs as vectors. */
import { readFile } from "node:fs/promises";
import { readPth } from "../../checkpoints/index.ts";
import { ClosedError } from "../../errors.ts";
import { fetchDataset, fetchModel } from "../../models/index.ts";
import { createSession, value, type Session, type SessionOptions } from "../../onnx/index.ts";
import { checkArray, checkInstance, checkInteger, checkOptions, checkSignal } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { prepareImage } from "../images/prepare.ts";
import { RgbImage } from "../images/rgb-image.ts";
import { softmax } from "../softmax.ts";
import { unit } from "../unit.ts";
import { buildEfficientNet, featureWidth, imageSide } from "./efficientnet.ts";

export interface LoadClassifierOptions {
  /** @default "cpu" */
  device?: SessionOptions["device"];
  signal?: AbortSignal;
}

export interface ClassifyOptions {
  /** How many classes are told, the likeliest first. @default 5 */
  topK?: number;
  signal?: AbortSignal;
}

export interface ImageClass {
  /** Its number in ImageNet, 0 to 999. */
  id: number;
  name: string;
  probability: number;
}

/**
 * EfficientNet-Lite0, which tells ImageNet's 1,000 classes apart: 75.1 % of ImageNet's photographs right (as published). Give it back with close().
 *
 * @example
 * const classifier = await ImageClassifier.load()
 * const [best] = await classifier.classify(await readImage('cat.jpg'))
 * best.name
 * classifier.close()
 */
export class ImageClassifier implements Disposable {
  /** Of all classes, by their numbers. */
  readonly names: readonly string[];
  #session: Session | undefined;

  private constructor(session: Session, names: readonly string[]) {
    this.#session = session;
    this.names = names;
  }

  /** Fetches 17 MB at the first time. @throws {UnavailableError} The model cannot be fetched. */
  static async load(options: LoadClassifierOptions = {}): Promise<ImageClassifier> {
    checkOptions("options", options, ["device", "signal"]);
    checkSignal("signal", options.signal);
    const { device = "cpu", signal } = options;
    const [model, labels] = [await fetchModel("EfficientNet-Lite0", { signal }), await fetchDataset("imagenet-names", { signal })];
    const names = JSON.parse(await readFile(Object.values(labels.files)[0]!, "utf8")) as Record<string, string>;
    const session = await createSession(buildEfficientNet(await readPth(Object.values(model.files)[0]!)), { device });
    return new ImageClassifier(
      session,
      Array.from({ length: 1000 }, (_, id) => names[id]!),
    );
  }

  /** The likeliest classes of an image. @throws {ClosedError} After close(). */
  async classify(image: RgbImage, options: ClassifyOptions = {}): Promise<ImageClass[]> {
    checkOptions("options", options, ["topK", "signal"]);
    const topK = checkInteger("topK", options.topK ?? 5, { min: 1, max: 1000 });
    const { logits } = await this.#run([image], options.signal);
    return Array.from(softmax(logits), (probability, id) => ({ id, name: this.names[id]!, probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, topK);
  }

  /**
   * Each image as a vector of 1,280 numbers and length 1: images of the same things lie near each other, so a vector store finds them.
   *
   * @throws {ClosedError} After close().
   */
  async embed(images: readonly RgbImage[], options: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    checkOptions("options", options, ["signal"]);
    const { features } = await this.#run(images, options.signal);
    return images.map((_, row) => unit(features.subarray(row * featureWidth, (row + 1) * featureWidth)));
  }

  async #run(images: readonly RgbImage[], signal?: AbortSignal): Promise<{ logits: Float32Array; features: Float32Array }> {
    checkSignal("signal", signal);
    checkArray("images", images, (name, image) => checkInstance(name, image, RgbImage, { hint: "read it with readImage" }));
    if (!this.#session) throw new ClosedError("this ImageClassifier is closed", { hint: "load another one, or close it later" });
    using interrupt = await interruptible(signal);
    const [logits, features] = [new Float32Array(images.length * 1000), new Float32Array(images.length * featureWidth)];
    for (const [row, image] of images.entries()) {
      interrupt.signal.throwIfAborted();
      const pixels = value(prepareImage(image, { size: imageSide, shortest: 256 }), [1, 3, imageSide, imageSide]);
      const found = await this.#session.run({ pixels });
      logits.set(found["logits"]!.data as Float32Array, row * 1000);
      features.set(found["features"]!.data as Float32Array, row * featureWidth);
    }
    return { logits, features };
  }

  close(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
