/** Batches of groups: a question with its answer and with passages that only look like one. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkArray, checkInteger, checkObject, checkOptions, checkText } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";
import type { Batches } from "../../train/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { TrainableCrossEncoder, type PairBatch } from "./trainable-cross-encoder.ts";

export interface RankingExample {
  query: string;
  positive: string;
  /** Texts that do not answer the query, such as mined hard negatives. */
  negatives: readonly string[];
}

export interface RankingBatchesOptions {
  /** Queries of a batch. @default 4 */
  queries?: number;
  /** Wrong passages beside each right one, drawn anew each epoch where there are more. @default 3 */
  negatives?: number;
  /** How many tokens pairs are padded to; longer ones are cut. @default 128, or as many as the model reads */
  length?: number;
  /** The same seed gives the same order. @default 0 */
  seed?: number;
}

/** (queries · (1 + negatives), T): groups one after the other, the right pair first in each. */
export interface RankingBatch extends PairBatch {
  [name: string]: Tensor;
}

/**
 * Batches for train, in a new random order each epoch. The last batch is filled up with queries from its beginning, so that all have one shape.
 *
 * @throws {ArgumentError} There are no examples, or one has fewer negatives than are drawn.
 * @example
 * const batches = rankingBatches(judge, examples, { queries: 4, negatives: 3 })
 * const loss = (network, { ids, segments, mask }) => groupLoss(network.forward(ids, segments, mask).reshape([4, 4]))
 */
export function rankingBatches(
  encoder: TrainableCrossEncoder,
  examples: readonly RankingExample[],
  options: RankingBatchesOptions = {},
): Batches<RankingBatch> {
  if (!(encoder instanceof TrainableCrossEncoder)) {
    throw argumentError("encoder", "a TrainableCrossEncoder", encoder, { hint: "load one: await TrainableCrossEncoder.load(name)" });
  }
  checkOptions("options", options, ["queries", "negatives", "length", "seed"]);
  const { maxTokens } = encoder.tokenizer;
  const { queries = 4, negatives = 3, length = Math.min(128, maxTokens), seed = 0 } = options;
  checkInteger("queries", queries, { min: 1 });
  checkInteger("negatives", negatives, { min: 1 });
  checkInteger("length", length, { min: 4, max: maxTokens });
  checkInteger("seed", seed);
  checkArray("examples", examples, (name, example) => checkExample(name, example, negatives), { allowEmpty: false });

  const size = Math.min(queries, examples.length);
  const perEpoch = Math.ceil(examples.length / size);
  const drawn: { epoch: number; groups: [query: string, passage: string][][] } = { epoch: -1, groups: [] };
  const groupsOf = (epoch: number): typeof drawn.groups => {
    if (drawn.epoch === epoch) return drawn.groups;
    const random = createRandom(seed + epoch * 7919);
    const groups = random.shuffle([...examples]).map(({ query, positive, negatives: wrong }) => {
      const chosen = random.shuffle([...wrong]).slice(0, negatives);
      return [positive, ...chosen].map((passage): [string, string] => [query, passage]);
    });
    Object.assign(drawn, { epoch, groups });
    return groups;
  };
  const at = (index: number): RankingBatch => {
    checkInteger("index", index, { min: 0 });
    const groups = groupsOf(Math.floor(index / perEpoch));
    const start = (index % perEpoch) * size;
    const own = Array.from({ length: size }, (_, row) => groups[(start + row) % groups.length]!);
    return { ...encoder.tokenize(own.flat(), { length }) };
  };
  return {
    length: perEpoch,
    unit: "pairs",
    at,
    count: ({ ids }) => ids.shape[0]!,
    *[Symbol.iterator]() {
      for (let index = 0; index < perEpoch; index++) yield at(index);
    },
  };
}

function checkExample(name: string, example: unknown, least: number): void {
  const { query, positive, negatives } = checkObject(name, example, { hint: "pass { query, positive, negatives }" });
  checkText(`${name}.query`, query);
  checkText(`${name}.positive`, positive);
  const wrong = checkArray(`${name}.negatives`, negatives, (item, text) => checkText(item, text));
  if (wrong.length >= least) return;
  throw new ArgumentError(`${name} has ${wrong.length} negatives, and ${least} are drawn`, {
    hint: "mine more of them, or pass { negatives } with fewer",
    facts: { argument: `${name}.negatives`, expected: least, value: wrong.length },
  });
}
