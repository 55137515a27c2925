/** Images and texts in one space: two towers that learn to say the same of a picture and its caption (Radford et al. 2021, arXiv:2103.00020). */
import { Embedding, LayerNorm, Linear, Module, createRandom, normalParameter, type Random } from "../../nn/index.ts";
import { argumentError, checkArray, checkInstance, checkInteger, checkOptions, checkText } from "../../runtime/check.ts";
import { parameter, tensor, where, type Jitted, jit, type Parameter, type Tensor } from "../../tensor/index.ts";
import { normalizePixels } from "../images/prepare.ts";
import { RgbImage } from "../images/rgb-image.ts";
import { EncoderBlock } from "./encoder-block.ts";
import { infoNceLoss, toLength1 } from "./info-nce.ts";
import type { WordVocabulary } from "./words.ts";

export interface ClipOptions {
  vocabulary: WordVocabulary;
  /** Side of the images, in pixels, a multiple of `patchSize`. */
  imageSize: number;
  /** Side of the squares that an image is cut into; each becomes a token. */
  patchSize: number;
  /** Words of a text at most. @default 16 */
  maxWords?: number;
  /** Width of both towers. @default 128 */
  width?: number;
  /** @default 2 */
  layers?: number;
  /** @default 4 */
  heads?: number;
  /** Numbers of a vector in the common space. @default 64 */
  dimensions?: number;
  seed: number;
}

/** Images as `pixelsOf` gives them, (B, 3, side, side), and ids of their texts, (B, T), int64. */
export interface ClipBatch extends Readonly<Record<string, Tensor>> {
  readonly pixels: Tensor;
  readonly ids: Tensor;
}

const centered = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** Patches become tokens, as in a Vision Transformer (Dosovitskiy et al. 2021, arXiv:2010.11929). */
export class ImageTower extends Module {
  readonly patch: Linear;
  readonly deepen: Linear;
  /** A patch's place is its row's vector and its column's: what is left of what is the same in every row. */
  readonly rows: Parameter;
  readonly columns: Parameter;
  readonly blocks: readonly EncoderBlock[];
  readonly norm: LayerNorm;
  readonly head: Linear;
  readonly #side: number;
  readonly #patchSize: number;

  constructor({ imageSize, patchSize, width, layers, heads, dimensions }: Required<ClipOptions>, random: Random) {
    super();
    [this.#side, this.#patchSize] = [imageSize / patchSize, patchSize];
    this.patch = new Linear(3 * patchSize ** 2, 2 * width, { random });
    this.deepen = new Linear(2 * width, width, { random });
    this.rows = normalParameter([this.#side, 1, width], 0.5, random);
    this.columns = normalParameter([1, this.#side, width], 0.5, random);
    this.blocks = Array.from({ length: layers }, () => new EncoderBlock(width, heads, random));
    this.norm = new LayerNorm(width);
    this.head = new Linear(width, dimensions, { random, bias: false });
  }

  /**
   * (B, 3, H, W) → tokens, (B, patches, width): what a language model is given. They are those before the last block, as LLaVA takes them, for there a token still
   * tells of its own place. In the last block those of places where nothing is gather what the picture as a whole shows (Darcet et al. 2024, arXiv:2309.16588).
   */
  tokens(pixels: Tensor): Tensor {
    const [B, side, size] = [pixels.shape[0]!, this.#side, this.#patchSize];
    // Without the mean of each channel: light and ground differ from picture to picture, and would drown the colours.
    const contrast = pixels.sub(pixels.mean([2, 3], { keepDims: true })).mul(2);
    const cut = contrast.reshape([B, 3, side, size, side, size]).permute([0, 2, 4, 1, 3, 5]);
    const patches = this.deepen.forward(this.patch.forward(cut.reshape([B, side * side, 3 * size * size])).gelu());
    const placed = patches.add(this.rows.add(this.columns).reshape([side * side, -1]));
    return this.blocks.slice(0, -1).reduce((x, block) => block.forward(x), placed);
  }

  /** (B, 3, H, W) → vectors of length 1, (B, D). */
  forward(pixels: Tensor): Tensor {
    const seen = this.norm.forward(this.blocks.at(-1)!.forward(this.tokens(pixels)));
    return toLength1(this.head.forward(seen.mean(1)));
  }
}

export class TextTower extends Module {
  readonly words: Embedding;
  readonly positions: Parameter;
  readonly blocks: readonly EncoderBlock[];
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor({ vocabulary, maxWords, width, layers, heads, dimensions }: Required<ClipOptions>, random: Random) {
    super();
    this.words = new Embedding(vocabulary.size, width, { std: 0.5, random });
    this.positions = normalParameter([maxWords, width], 0.5, random);
    this.blocks = Array.from({ length: layers }, () => new EncoderBlock(width, heads, random));
    this.norm = new LayerNorm(width);
    this.head = new Linear(width, dimensions, { random, bias: false });
  }

  /** Ids (B, T), 0 where a text has ended → vectors of length 1, (B, D). */
  forward(ids: Tensor): Tensor {
    const [B, T] = ids.shape as [number, number];
    const isWord = ids.greater(0);
    const bias = where(isWord, 0, -1e9).reshape([B, 1, 1, T]);
    const seen = this.blocks.reduce((x, block) => block.forward(x, bias), this.words.forward(ids).add(this.positions));
    const weights = isWord.to("float32").unsqueeze(-1); // (B, T, 1)
    const mean = this.norm.forward(seen).mul(weights).sum(1).div(weights.sum(1));
    return toLength1(this.head.forward(mean));
  }
}

/**
 * Two towers and a temperature, to be trained with `loss`.
 *
 * @throws {ArgumentError} An option is unknown or out of range.
 */
export class Clip extends Module {
  readonly image: ImageTower;
  readonly text: TextTower;
  /** ln(1 / temperature), which is learnt. */
  readonly logScale: Parameter;
  readonly #options: Required<ClipOptions>;
  #encoders: Record<"image" | "text" | "tokens", Jitted<[Tensor], Tensor>> | undefined;

  constructor(options: ClipOptions) {
    super();
    checkOptions("Clip", options, ["vocabulary", "imageSize", "patchSize", "maxWords", "width", "layers", "heads", "dimensions", "seed"]);
    const filled = { maxWords: 16, width: 128, layers: 2, heads: 4, dimensions: 64, ...options };
    for (const name of ["imageSize", "patchSize", "maxWords", "width", "layers", "heads", "dimensions"] as const)
      checkInteger(name, filled[name], { min: 1 });
    if (filled.imageSize % filled.patchSize !== 0)
      throw argumentError("imageSize", `a multiple of patchSize, ${filled.patchSize}`, filled.imageSize);
    const random = createRandom(options.seed);
    this.#options = filled;
    this.image = new ImageTower(filled, random);
    this.text = new TextTower(filled, random);
    this.logScale = parameter(tensor(Math.log(1 / 0.07)));
  }

  /** What it was made with. */
  get options(): Readonly<Required<ClipOptions>> {
    return this.#options;
  }

  loss({ pixels, ids }: ClipBatch): Tensor {
    return infoNceLoss(this.image.forward(pixels), this.text.forward(ids), this.logScale);
  }

  /** Images as the tower takes them, (B, 3, side, side), −1 to 1. */
  pixelsOf(images: readonly RgbImage[]): Tensor {
    checkArray("images", images, (name, image) => checkInstance(name, image, RgbImage), { allowEmpty: false });
    const size = this.#options.imageSize;
    const pixels = new Float32Array(images.length * 3 * size * size);
    for (const [row, image] of images.entries()) {
      const fitting = image.width === size && image.height === size ? image : image.resize({ width: size, height: size });
      pixels.set(normalizePixels(fitting, centered), row * 3 * size * size);
    }
    return tensor(pixels, { shape: [images.length, 3, size, size] });
  }

  /** Texts as the tower takes them, (B, maxWords). */
  idsOf(texts: readonly string[]): Tensor {
    checkArray("texts", texts, (name, text) => checkText(name, text), { allowEmpty: false });
    const { vocabulary, maxWords } = this.#options;
    return tensor(vocabulary.encode(texts, maxWords), { shape: [texts.length, maxWords] });
  }

  /** A vector of length 1 for each image. */
  embedImages(images: readonly RgbImage[]): Float32Array[] {
    return this.#inBatches(images, (part) => this.#compiled().image(this.pixelsOf(part)));
  }

  /** What a language model can be given of each image: the tower's tokens, (images, patches, width). */
  imageTokens(images: readonly RgbImage[]): Tensor {
    return this.#compiled().tokens(this.pixelsOf(images));
  }

  /** A vector of length 1 for each text. */
  embedTexts(texts: readonly string[]): Float32Array[] {
    return this.#inBatches(texts, (part) => this.#compiled().text(this.idsOf(part)));
  }

  #compiled(): Record<"image" | "text" | "tokens", Jitted<[Tensor], Tensor>> {
    this.#encoders ??= {
      image: jit((pixels: Tensor) => this.image.forward(pixels)),
      text: jit((ids: Tensor) => this.text.forward(ids)),
      tokens: jit((pixels: Tensor) => this.image.tokens(pixels)),
    };
    return this.#encoders;
  }

  #inBatches<T>(items: readonly T[], run: (part: readonly T[]) => Tensor): Float32Array[] {
    const rows: Float32Array[] = [];
    for (let start = 0; start < items.length; start += 64) {
      const part = items.slice(start, start + 64);
      const { data, shape } = run(part);
      for (let row = 0; row < part.length; row++) rows.push((data as Float32Array).slice(row * shape[1]!, (row + 1) * shape[1]!));
    }
    return rows;
  }

  /** Gives back what embedding has compiled. */
  close(): void {
    for (const each of Object.values(this.#encoders ?? {})) each.close();
    this.#encoders = undefined;
  }
}
