/** One window of sound becomes text: greedily, and where that goes wrong by drawing, warmer each time (Radford et al. 2022, arXiv:2212.04356, §4.5). */
import { setImmediate } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { Sampler } from "../../../llm/index.ts";
import { softmax } from "../../softmax.ts";
import type { HeardSound, WhisperEngine } from "./engine.ts";
import { forbid, type Forbidden } from "./rules.ts";
import type { WhisperTokens } from "./tokens.ts";

export interface DecodeOptions {
  /** The tokens to begin with, up to the task. */
  prompt: readonly number[];
  /** Whether times are written. */
  timestamps: boolean;
  /** Tried one after the other until a text is good enough. */
  temperatures: readonly number[];
  seed: number;
  signal: AbortSignal;
}

export interface Decoded {
  /** Text and times, without the prompt and the end. */
  ids: number[];
  temperature: number;
  /** Mean of the tokens' log-probabilities, natural. */
  avgLogProbability: number;
  /** How much shorter zlib makes the text: above 2.4 it goes round in circles. */
  compressionRatio: number;
  /** Probability that nobody speaks. */
  noSpeechProbability: number;
  /** Whether the model said itself that this is all, and did not run out of room. */
  isFinished: boolean;
}

/** The authors' thresholds. */
const [mostCompression, leastLogProbability, silence] = [2.4, -1, 0.6];

export class WindowDecoder {
  readonly #engine: WhisperEngine;
  readonly #tokens: WhisperTokens;
  readonly #forbidden: Forbidden;

  constructor(engine: WhisperEngine, tokens: WhisperTokens, forbidden: Forbidden) {
    this.#engine = engine;
    this.#tokens = tokens;
    this.#forbidden = forbidden;
  }

  async decode(sound: HeardSound, options: DecodeOptions): Promise<Decoded> {
    for (const temperature of options.temperatures) {
      const decoded = await this.#attempt(sound, temperature, options);
      const isGood = decoded.compressionRatio <= mostCompression && decoded.avgLogProbability >= leastLogProbability;
      if (isGood || isSilence(decoded) || temperature === options.temperatures.at(-1)) return decoded;
    }
    throw new Error("there is no temperature"); // the caller has checked that there is
  }

  async #attempt(sound: HeardSound, temperature: number, { prompt, timestamps, seed, signal }: DecodeOptions): Promise<Decoded> {
    const { textPositions } = this.#engine.config;
    const { startOfTranscript, noSpeech, endOfText } = this.#tokens;
    const sampler = new Sampler({ temperature, seed });
    const most = Math.min(textPositions / 2, textPositions - prompt.length);
    const { vocabSize } = this.#engine.config;
    const first = this.#engine.decode(sound, prompt, 0, [prompt.indexOf(startOfTranscript), prompt.length - 1]);
    const noSpeechProbability = softmax(first.subarray(0, vocabSize))[noSpeech]!;
    const ids: number[] = [];
    let logits = first.subarray(vocabSize);
    let sum = 0;
    let isFinished = false;
    while (true) {
      signal.throwIfAborted();
      forbid(logits, ids, this.#tokens, this.#forbidden, timestamps);
      const id = sampler.next(logits);
      sum += Math.log(softmax(logits)[id]!);
      isFinished = id === endOfText;
      if (isFinished) break;
      ids.push(id);
      if (ids.length === most) break;
      await setImmediate(); // for ■ and Ctrl-C
      logits = this.#engine.decode(sound, [id], prompt.length + ids.length - 1);
    }
    const text = this.#tokens.text(ids);
    return {
      ids,
      temperature,
      avgLogProbability: sum / (ids.length + 1),
      compressionRatio: compressionRatio(text),
      noSpeechProbability,
      isFinished,
    };
  }
}

/** Whether nobody spoke, although something was written. */
export const isSilence = ({ noSpeechProbability, avgLogProbability }: Decoded): boolean =>
  noSpeechProbability > silence && avgLogProbability < leastLogProbability;

function compressionRatio(text: string): number {
  const bytes = Buffer.from(text);
  return bytes.length / deflateSync(bytes).length;
}
