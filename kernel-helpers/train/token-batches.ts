import { ArgumentError } from "../errors.ts";
import { createRandom } from "../runtime/random.ts";
import { tensor, type Tensor } from "../tensor/index.ts";
import { batchesAnEpoch, seedOf, type Batches } from "./batches.ts";
import { pass } from "./tensor-batches.ts";

/** Windows of a text, and what follows each of their tokens. */
export interface TokenBatch extends Readonly<Record<string, Tensor>> {
  /** (batchSize, contextLength), int64. */
  readonly inputs: Tensor;
  /** The token behind each input: the same windows one place further on. */
  readonly targets: Tensor;
}

export interface TokenBatchesOptions {
  /** Windows a batch. */
  batchSize: number;
  /** Tokens a window. */
  contextLength: number;
  /**
   * "random": windows from anywhere, as nanoGPT draws them; an epoch is then as many as the text has room for side by side. "shuffled": the text
   * cut into windows, each once an epoch, in a new random order. "in order": the same windows as they stand in the text, to evaluate by.
   * @default "random"
   */
  windows?: "random" | "shuffled" | "in order";
  /** The same seed gives the same windows. @default 0 */
  seed?: number;
  /** Whether the last batch of an epoch is left out when it is smaller. @default true, unless windows are in order */
  dropLast?: boolean;
}

/**
 * Batches of a text's tokens for a language model, which learns to tell each token from those before it.
 *
 * @param ids The text's tokens, as a tokenizer's encode gives them.
 * @throws {ArgumentError} The text has no window of this length, or no batch of this size.
 * @example
 * const batches = tokenBatches([5, 6, 7, 8, 9], { batchSize: 2, contextLength: 2, windows: "in order" });
 * batches.at(0).inputs.toArray() // [ [ 5, 6 ], [ 7, 8 ] ]
 * batches.at(0).targets.toArray() // [ [ 6, 7 ], [ 8, 9 ] ]
 */
export function tokenBatches(ids: ArrayLike<number>, options: TokenBatchesOptions): Batches<TokenBatch> {
  const { batchSize, contextLength, windows = "random", seed = 0, dropLast = windows !== "in order" } = options;
  if (!["random", "shuffled", "in order"].includes(windows)) {
    throw new ArgumentError(`unknown windows "${windows}"`, { hint: 'they are "random", "shuffled" or "in order"' });
  }
  const room = Math.floor((ids.length - 1) / contextLength); // windows side by side, each with one token behind it
  if (!(Number.isInteger(contextLength) && contextLength >= 1 && room >= 1)) {
    throw new ArgumentError(`${ids.length} tokens have no window of ${contextLength} with a token behind it`, {
      hint: "give a longer text or a shorter contextLength, 1 at least",
    });
  }
  const length = batchesAnEpoch(room, batchSize, dropLast && windows !== "random");
  const inOrder = Array.from({ length: room }, (_, window) => window * contextLength);
  const shuffled = { epoch: -1, starts: inOrder }; // of the epoch that was asked for last

  const startsOf = (index: number): readonly number[] => {
    if (windows === "random") {
      const random = createRandom(seedOf(seed, index));
      return Array.from({ length: batchSize }, () => random.integer(ids.length - contextLength));
    }
    const epoch = Math.floor(index / length);
    if (windows === "shuffled" && shuffled.epoch !== epoch) {
      Object.assign(shuffled, { epoch, starts: createRandom(seedOf(seed, epoch)).shuffle(inOrder) });
    }
    const first = (index % length) * batchSize;
    return shuffled.starts.slice(first, first + batchSize);
  };
  const at = (index: number): TokenBatch => {
    const starts = startsOf(index);
    return { inputs: windowsAt(ids, starts, contextLength), targets: windowsAt(ids, starts, contextLength, 1) };
  };
  return { length, unit: "tokens", at, count: ({ inputs }) => inputs.size, [Symbol.iterator]: () => pass(length, at) };
}

/** (starts, length), the tokens from each start on. */
function windowsAt(ids: ArrayLike<number>, starts: readonly number[], length: number, ahead: number = 0): Tensor {
  const numbers = new BigInt64Array(starts.length * length);
  starts.forEach((start, row) => {
    for (let place = 0; place < length; place++) numbers[row * length + place] = BigInt(ids[start + ahead + place]!);
  });
  return tensor(numbers, { shape: [starts.length, length] });
}
