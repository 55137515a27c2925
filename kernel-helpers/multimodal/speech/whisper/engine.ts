/** What computes: Whisper's two graphs, and the cache of the text that is being written. */
import { openSession, value, type OnnxValue, type Session } from "../../../onnx/index.ts";
import { ClosedError } from "../../../errors.ts";
import type { WhisperConfig } from "./config.ts";
import { buildDecoderGraph } from "./decoder-graph.ts";
import { buildEncoderGraph } from "./encoder-graph.ts";
import { openWhisperWeights } from "./weights.ts";

/** What the encoder made of a window of sound. */
export interface HeardSound {
  /** (positions, width). */
  encoded: Float32Array<ArrayBuffer>;
  /** "crossKey.0", "crossValue.0", … */
  cross: Readonly<Record<string, OnnxValue>>;
}

export class WhisperEngine implements Disposable {
  readonly config: WhisperConfig;
  readonly #encoder: Session;
  readonly #decoder: Session;
  readonly #embeddings: Float32Array;
  readonly #positions: Float32Array;
  readonly #cache: Readonly<Record<string, OnnxValue>>;
  #isOpen = true;

  private constructor(config: WhisperConfig, encoder: Session, decoder: Session, embeddings: Float32Array, positions: Float32Array) {
    this.config = config;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#embeddings = embeddings;
    this.#positions = positions;
    const { decoderHeads: heads, width, textPositions, decoderLayers } = config;
    const empty = (): OnnxValue => value(new Float32Array(textPositions * width), [1, heads, textPositions, width / heads]);
    this.#cache = Object.fromEntries(Array.from({ length: decoderLayers }, (_, layer) => [[`key.${layer}`, empty()], [`value.${layer}`, empty()]]).flat()); // prettier-ignore
  }

  /** @param folder See openWhisperWeights. */
  static async load(folder: string, { threads }: { threads?: number | undefined } = {}): Promise<WhisperEngine> {
    await using weights = await openWhisperWeights(folder);
    const settings = { memoryPattern: false, ...(threads !== undefined && { threads }) };
    const { model: encoderModel, ...encoderData } = await buildEncoderGraph(weights);
    const encoder = openSession(encoderModel, { ...settings, ...encoderData });
    try {
      const { model: decoderModel, ...decoderData } = await buildDecoderGraph(weights);
      const decoder = openSession(decoderModel, { ...settings, ...decoderData });
      const [embeddings, positions] = [
        await weights.float32("decoder.embed_tokens.weight"),
        await weights.float32("decoder.embed_positions.weight"),
      ];
      return new WhisperEngine(weights.config, encoder, decoder, embeddings, positions);
    } catch (error) {
      encoder.close();
      throw error;
    }
  }

  /** @param mel (bands, 2 × positions). */
  encode(mel: Float32Array): HeardSound {
    this.#checkOpen();
    const { width, audioPositions, decoderLayers, decoderHeads: heads, bands } = this.config;
    const made = (...dims: number[]): OnnxValue => value(new Float32Array(width * audioPositions), dims);
    const cross: Record<string, OnnxValue> = {};
    for (let layer = 0; layer < decoderLayers; layer++) {
      cross[`crossKey.${layer}`] = made(1, heads, width / heads, audioPositions);
      cross[`crossValue.${layer}`] = made(1, heads, audioPositions, width / heads);
    }
    const encoded = new Float32Array(audioPositions * width);
    this.#encoder.runSync(
      { mel: value(mel, [1, bands, 2 * audioPositions]) },
      { encoded: value(encoded, [1, audioPositions, width]), ...cross },
    );
    return { encoded, cross };
  }

  /**
   * Reads tokens after the first `past` ones that were read before.
   *
   * @param rows Which of the ids the logits are wanted after.
   * @returns (rows, vocabulary).
   */
  decode(sound: HeardSound, ids: readonly number[], past: number, rows: readonly number[] = [ids.length - 1]): Float32Array {
    this.#checkOpen();
    const { width, vocabSize } = this.config;
    const x = new Float32Array(ids.length * width);
    for (const [index, id] of ids.entries()) {
      for (let at = 0; at < width; at++)
        x[index * width + at] = this.#embeddings[id * width + at]! + this.#positions[(past + index) * width + at]!;
    }
    const total = past + ids.length;
    const feeds = {
      x: value(x, [1, ids.length, width]),
      rows: value(BigInt64Array.from(rows, BigInt)),
      last: value(Int32Array.of(total - 1)),
      total: value(Int32Array.of(total)),
      ...this.#cache,
      ...sound.cross,
    };
    const written = Object.fromEntries(
      Object.entries(this.#cache).map(([name, cached]) => [`new${name[0]!.toUpperCase()}${name.slice(1)}`, cached]),
    );
    const logits = new Float32Array(rows.length * vocabSize);
    this.#decoder.runSync(feeds, { ...written, logits: value(logits, [1, rows.length, vocabSize]) });
    return logits;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#encoder.close();
    this.#decoder.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new ClosedError("this Whisper is closed", { hint: "load it again, or close it later" });
  }
}
