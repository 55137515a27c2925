import { ArgumentError, OutOfRangeError } from "../errors.ts";
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkInstance,
  checkInteger,
  checkObject,
  checkOptions,
  shown,
} from "../runtime/check.ts";
import { createRandom } from "../runtime/random.ts";
import { Tensor, tensor } from "../tensor/index.ts";
import { batchesPerEpoch, checkBatch, seedOf, type Batches } from "./batches.ts";
import { pass } from "./tensor-batches.ts";

/** Windows of a text, and what follows each of their tokens. */
export interface TokenBatch extends Readonly<Record<string, Tensor>> {
  /** (batchSize, contextLength), int64. */
  readonly inputs: Tensor;
  /** The token after each input: the same windows one position further on. */
  readonly targets: Tensor;
}

export interface TokenBatchesOptions {
  /** Windows per batch. */
  batchSize: number;
  /** Tokens per window. */
  contextLength: number;
  /** How many tokens the vocabulary has: an id beyond it is refused here, with its position in the text. @default not known */
  vocabSize?: number;
  /**
   * "random": windows from anywhere, as nanoGPT draws them; an epoch is then as many as the text has room for side by side. "shuffled": the text
   * cut into windows, each once per epoch, in a new random order. "in order": the same windows as they follow in the text, to evaluate with.
   * @default "random"
   */
  windows?: "random" | "shuffled" | "in order";
  /** The same seed gives the same windows. @default 0 */
  seed?: number;
  /** Whether the last batch of an epoch is left out when it is smaller. @default true, unless the windows are in order */
  dropLast?: boolean;
}

const windowKinds = ["random", "shuffled", "in order"] as const;

/**
 * Batches of a text's tokens for a language model, which learns to predict each token from those before it.
 *
 * @param ids The text's tokens, as a tokenizer's encode returns them.
 * @throws {ArgumentError} The text has no window of this length, or no batch of this size; or an option is not what it has to be.
 * @throws {OutOfRangeError} An id is not one of `vocabSize` tokens.
 * @example
 * const batches = tokenBatches([5, 6, 7, 8, 9], { batchSize: 2, contextLength: 2, windows: "in order" });
 * batches.at(0).inputs.toArray() // [ [ 5, 6 ], [ 7, 8 ] ]
 * batches.at(0).targets.toArray() // [ [ 6, 7 ], [ 8, 9 ] ]
 */
export function tokenBatches(ids: ArrayLike<number>, options: TokenBatchesOptions): Batches<TokenBatch> {
  checkOptions("tokenBatches", checkObject("options", options, { hint: "pass { batchSize: 12, contextLength: 64 }" }), [
    "batchSize",
    "contextLength",
    "vocabSize",
    "windows",
    "seed",
    "dropLast",
  ]);
  const { batchSize, contextLength, vocabSize, windows = "random", seed = 0, dropLast = windows !== "in order" } = options;
  checkInteger("contextLength", contextLength, { min: 1 });
  checkChoice("windows", windows, windowKinds);
  checkInteger("seed", seed);
  checkBoolean("dropLast", dropLast);
  checkIds(ids, vocabSize === undefined ? undefined : checkInteger("vocabSize", vocabSize, { min: 1 }));
  const room = Math.floor((ids.length - 1) / contextLength); // windows side by side, each followed by one more token
  if (room < 1) {
    throw new ArgumentError(`a text of ${ids.length} tokens has no window of ${contextLength} that another token follows`, {
      hint: "pass a longer text or a shorter contextLength",
    });
  }
  const length = batchesPerEpoch(room, batchSize, dropLast && windows !== "random");
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
    checkInteger("index", index, { min: 0 });
    const starts = startsOf(index);
    return { inputs: windowsAt(ids, starts, contextLength), targets: windowsAt(ids, starts, contextLength, 1) };
  };
  return {
    length,
    unit: "tokens",
    at,
    count: (batch) => checkInstance("the batch's inputs", checkBatch(batch).inputs, Tensor).size,
    [Symbol.iterator]: () => pass(length, at),
  };
}

/** (starts, length), the tokens from each start on. */
function windowsAt(ids: ArrayLike<number>, starts: readonly number[], length: number, ahead: number = 0): Tensor {
  const numbers = new BigInt64Array(starts.length * length);
  starts.forEach((start, row) => {
    for (let offset = 0; offset < length; offset++) numbers[row * length + offset] = BigInt(ids[start + ahead + offset]!);
  });
  return tensor(numbers, { shape: [starts.length, length] });
}

function checkIds(ids: ArrayLike<number>, vocabSize: number | undefined): void {
  const isList = Array.isArray(ids) || (ArrayBuffer.isView(ids) && "length" in ids);
  if (!isList) {
    throw argumentError("ids", "an array of token ids", ids, {
      hint: typeof ids === "string" ? "encode the text first: tokenizer.encode(text)" : "pass what a tokenizer's encode returns",
    });
  }
  for (let position = 0; position < ids.length; position++) {
    const id: unknown = ids[position];
    if (typeof id !== "number" || !Number.isSafeInteger(id)) {
      throw argumentError(`ids[${position}]`, "an integer", id, { hint: "pass what a tokenizer's encode returns" });
    }
    if (id >= 0 && id < (vocabSize ?? Infinity)) continue;
    const expected = vocabSize === undefined ? "≥ 0" : `≥ 0 and < ${vocabSize}, the size of the vocabulary`;
    throw new OutOfRangeError(`ids[${position}] must be ${expected}, got ${shown(id)}`, {
      hint: "encode the text with the tokenizer that the model is made for",
      facts: { argument: "ids", position, value: id, vocabSize },
    });
  }
}
