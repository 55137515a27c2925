/**
 * How the next token is chosen from logits. The order is that of transformers: repetition penalty, temperature, top-k, top-p (nucleus sampling,
 * Holtzman et al. 2019, arXiv:1904.09751), min-p (Nguyen et al. 2024, arXiv:2407.01082), and a draw from what is left.
 */
import { argumentError, checkIndices, checkInstance, checkInteger, checkNumber, checkOptions } from "../runtime/check.ts";
import { createRandom, type Random } from "../runtime/random.ts";

export interface SamplingOptions {
  /** Below 1 prefers the likely, above 1 the unlikely; 0 always takes the likeliest. @default 1 */
  temperature?: number;
  /** Only so many of the likeliest tokens are drawn from. @default all */
  topK?: number;
  /** Only the likeliest tokens are drawn from, as few as together have this probability. @default 1, all */
  topP?: number;
  /** Only tokens are drawn from that have at least this share of the likeliest one's probability. @default 0, all */
  minP?: number;
  /** Divides positive logits of tokens that have occurred, and multiplies negative ones (Keskar et al. 2019, arXiv:1909.05858). @default 1, none */
  repetitionPenalty?: number;
  /** The same seed draws the same tokens. @default 0 */
  seed?: number;
}

/** How tokens are drawn, all that matters given. */
export interface DrawSettings {
  /** Above 0. */
  temperature: number;
  /** 1 for the likeliest, at most the vocabulary's size. */
  topK: number;
  topP: number;
  minP: number;
}

export const samplingOptionNames: readonly (keyof SamplingOptions)[] = ["temperature", "topK", "topP", "minP", "repetitionPenalty", "seed"];

/**
 * Draws tokens, one after the other, reproducibly.
 *
 * @example
 * const sampler = new Sampler({ temperature: 0.7, topP: 0.9, seed: 1 })
 * const id = sampler.next(logits)
 */
export class Sampler {
  readonly #temperature: number;
  readonly #topK: number;
  readonly #topP: number;
  readonly #minP: number;
  readonly #repetitionPenalty: number;
  readonly #random: Random;

  constructor(options: SamplingOptions = {}) {
    checkOptions("sampling options", options, samplingOptionNames);
    const { temperature = 1, topK = Infinity, topP = 1, minP = 0, repetitionPenalty = 1, seed = 0 } = options;
    this.#temperature = checkNumber("temperature", temperature, { min: 0 });
    this.#topK = topK === Infinity ? topK : checkInteger("topK", topK, { min: 1 });
    this.#topP = checkNumber("topP", topP, { above: 0, max: 1 });
    this.#minP = checkNumber("minP", minP, { min: 0, max: 1 });
    this.#repetitionPenalty = checkNumber("repetitionPenalty", repetitionPenalty, { min: 0.001, max: 1000 });
    this.#random = createRandom(checkInteger("seed", seed));
  }

  /**
   * The next token.
   *
   * @param logits One for each id of the vocabulary, (V); -Infinity forbids an id.
   * @param previous Ids that the repetition penalty applies to.
   * @throws {ArgumentError} Logits that are not a Float32Array, are NaN, or forbid every id.
   * @throws {OutOfRangeError} A previous id that the logits do not have.
   */
  next(logits: Float32Array, previous: ArrayLike<number> = []): number {
    checkLogits(logits);
    checkIndices("previous", previous, logits.length);
    const scores = this.#repetitionPenalty === 1 ? logits : penalized(logits, previous, this.#repetitionPenalty);
    const best = likeliest(scores);
    if (this.#temperature === 0) return best;
    const candidates = this.#candidates(scores, scores[best]!);
    if (candidates === undefined) return this.#drawFromAll(scores, scores[best]!);
    return candidates.ids[draw(candidates.weights, this.#random.next())]!;
  }

  /**
   * What a device needs to draw so many tokens by the same rule, with the points in [0, 1) that the next so many would be drawn by here; undefined with a repetition
   * penalty, which depends on the text. Only where all tokens are left, without top-k and top-p, their order is another, and with it the tokens.
   */
  forDevice(count: number, vocabSize: number): (DrawSettings & { points: number[] }) | undefined {
    if (this.#repetitionPenalty !== 1) return undefined;
    const isGreedy = this.#temperature === 0;
    return {
      temperature: isGreedy ? 1 : this.#temperature,
      topK: isGreedy ? 1 : Math.min(this.#topK, vocabSize),
      topP: this.#topP,
      minP: this.#minP,
      points: Array.from({ length: count }, () => (isGreedy ? 0 : this.#random.next())),
    };
  }

  /** The ids that are left after top-k, top-p and min-p, the likeliest first; undefined for all. */
  #candidates(scores: Float32Array, highest: number): { ids: number[]; weights: number[] } | undefined {
    if (this.#topK >= scores.length && this.#topP === 1 && this.#minP === 0) return undefined;
    let ids = this.#topK < scores.length ? largestOf(scores, this.#topK) : undefined;
    if (this.#topP < 1) ids = this.#nucleus(scores, highest, ids);
    ids ??= Array.from(scores.keys());
    const weightOf = (id: number): number => Math.exp((scores[id]! - highest) / this.#temperature);
    const kept = this.#minP > 0 ? ids.filter((id) => weightOf(id) >= this.#minP) : ids;
    return { ids: kept, weights: kept.map(weightOf) };
  }

  /** As few of the ids, the likeliest first, as reach top-p of the probability that all of them have. */
  #nucleus(scores: Float32Array, highest: number, among: readonly number[] | undefined): number[] {
    const ids = among ?? Array.from(scores.keys());
    const weights = Float64Array.from(ids, (id) => Math.exp((scores[id]! - highest) / this.#temperature));
    const wanted = this.#topP * weights.reduce((sum, weight) => sum + weight, 0);
    // Sorting a whole vocabulary takes longer than the model: so only what lies above a bound, lowered until it suffices.
    for (let bound = 0.25; ; bound /= 16) {
      const above = [...weights.keys()].filter((index) => weights[index]! >= bound);
      const mass = above.reduce((sum, index) => sum + weights[index]!, 0);
      if (mass < wanted && bound > 1e-300) continue;
      above.sort((a, b) => weights[b]! - weights[a]! || ids[a]! - ids[b]!);
      let left = wanted;
      const last = above.findIndex((index) => (left -= weights[index]!) <= 0);
      return above.slice(0, last < 0 ? above.length : last + 1).map((index) => ids[index]!);
    }
  }

  #drawFromAll(scores: Float32Array, highest: number): number {
    const weights = Float64Array.from(scores, (score) => Math.exp((score - highest) / this.#temperature));
    return draw(weights, this.#random.next());
  }
}

/**
 * ln of the probabilities that the logits stand for, (V).
 *
 * @throws {ArgumentError} Logits that are not a Float32Array, are NaN, or forbid every id.
 */
export function logSoftmax(logits: Float32Array): Float32Array {
  checkLogits(logits);
  const highest = logits[likeliest(logits)]!;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  const normalizer = highest + Math.log(sum);
  return logits.map((logit) => logit - normalizer);
}

function checkLogits(logits: unknown): void {
  const { length } = checkInstance("logits", logits, Float32Array, { hint: "pass what a model returns: one number for each id" });
  if (length === 0) throw argumentError("logits", "one number for each id of the vocabulary", logits);
}

/** The id of the largest logit, the first of equals. */
export function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! <= logits[best]!) continue;
    best = id; // larger, or NaN, which no comparison is true for
    if (Number.isNaN(logits[id])) break;
  }
  if (logits[best]! > -Infinity && logits[best]! < Infinity) return best;
  throw argumentError(`logits[${best}]`, "a number that is not NaN or infinite", logits[best], {
    hint: "a model whose weights have become NaN or infinite gives such logits",
  });
}

function penalized(logits: Float32Array, previous: ArrayLike<number>, penalty: number): Float32Array {
  const result = logits.slice();
  for (const id of new Set(Array.from(previous))) result[id] = logits[id]! > 0 ? logits[id]! / penalty : logits[id]! * penalty;
  return result;
}

/** The ids of the k largest scores, the largest first; of equals the smaller id. A heap of k, whose root is the least of them. */
export function largestOf(scores: Float32Array, k: number): number[] {
  const heap: number[] = [];
  const isLess = (a: number, b: number): boolean => scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b);
  const siftDown = (start: number): void => {
    for (let at = start; ;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return;
      const child = left + 1 < heap.length && isLess(heap[left + 1]!, heap[left]!) ? left + 1 : left;
      if (!isLess(heap[child]!, heap[at]!)) return;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  };
  for (let id = 0; id < scores.length; id++) {
    if (heap.length < k) {
      heap.push(id);
      if (heap.length === k) for (let at = k >> 1; at >= 0; at--) siftDown(at);
    } else if (isLess(heap[0]!, id)) {
      heap[0] = id;
      siftDown(0);
    }
  }
  return heap.sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/** The place at which the weights, added up, pass the point in [0, 1). */
function draw(weights: ArrayLike<number>, point: number): number {
  let total = 0;
  for (let index = 0; index < weights.length; index++) total += weights[index]!;
  let left = point * total;
  let last = 0;
  for (let index = 0; index < weights.length; index++) {
    if (weights[index] === 0) continue;
    last = index;
    left -= weights[index]!;
    if (left < 0) break;
  }
  return last; // what rounding leaves over goes to the last
}
