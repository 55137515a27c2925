/** Batches of texts of similar length, each with the vector that a teacher gave it. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkArray, checkInstance, checkInteger, checkOptions, checkText } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import type { Batches } from "../../train/index.ts";
import { Matrix } from "../matrix.ts";
import { TrainableEncoder, type TokenBatch } from "../trainable-encoder.ts";

export interface TextBatchesOptions {
  /** Tokens of a batch, padding included. @default 1024 */
  tokens?: number;
  /** Texts of a batch at most. @default 64 */
  rows?: number;
  /** The lengths that texts are padded to, ascending; longer ones are cut to the last. A training step is compiled for each. @default [8, 16, 32, 64, 128] */
  lengths?: readonly number[];
  /** The same seed gives the same order. @default 0 */
  seed?: number;
}

/** Texts, and what their vectors should be. */
export interface DistillationBatch extends TokenBatch {
  /** (B, D), float32. */
  targets: Tensor;
  [name: string]: Tensor;
}

/**
 * Batches for train: in each, texts that are padded to the same length, in a new random order each epoch. The last batch of a length is filled up with texts
 * from its beginning, so that all batches of a length have one shape.
 *
 * @param targets A row for each text.
 * @throws {ArgumentError} There are no texts, or not one target for each.
 * @example
 * const batches = textBatches(student, ['手机', '便宜'], await teacher.encode(['mobile phone', 'cheap']))
 */
export function textBatches(
  encoder: TrainableEncoder,
  texts: readonly string[],
  targets: Matrix,
  options: TextBatchesOptions = {},
): Batches<DistillationBatch> {
  if (!(encoder instanceof TrainableEncoder)) {
    throw argumentError("encoder", "a TrainableEncoder", encoder, { hint: "load one: await TrainableEncoder.load(name)" });
  }
  checkArray("texts", texts, (name, text) => checkText(name, text), { allowEmpty: false });
  checkInstance("targets", targets, Matrix, { hint: "pass what encode returns" });
  if (targets.rows !== texts.length) {
    throw new ArgumentError(`there are ${targets.rows} targets for ${texts.length} texts`, {
      hint: "pass a row for each text",
      facts: { argument: "targets", expected: texts.length, value: targets.rows },
    });
  }
  checkOptions("options", options, ["tokens", "rows", "lengths", "seed"]);
  const { tokens = 1024, rows = 64, lengths = [8, 16, 32, 64, 128], seed = 0 } = options;
  checkInteger("tokens", tokens, { min: 2 });
  checkInteger("rows", rows, { min: 1 });
  checkLengths(lengths, encoder.tokenizer.maxTokens);
  checkInteger("seed", seed);

  const groups = groupByLength(encoder, texts, lengths);
  const sizes = groups.map(({ members, width }) => Math.min(members.length, rows, Math.max(1, Math.floor(tokens / width))));
  const plan = groups.flatMap((group, index) => {
    const size = sizes[index]!;
    return Array.from({ length: Math.ceil(group.members.length / size) }, (_, part) => ({ group, size, start: part * size }));
  });
  const orders = { epoch: -1, plan, members: new Map<Group, readonly number[]>() };
  const orderOf = (epoch: number): typeof orders => {
    if (orders.epoch === epoch) return orders;
    const random = createRandom(seed + epoch * 7919);
    const members = new Map(groups.map((group) => [group, random.shuffle(group.members)]));
    return Object.assign(orders, { epoch, plan: random.shuffle(plan), members });
  };

  const at = (index: number): DistillationBatch => {
    checkInteger("index", index, { min: 0 });
    const order = orderOf(Math.floor(index / plan.length));
    const { group, size, start } = order.plan[index % plan.length]!;
    const own = order.members.get(group)!;
    const chosen = Array.from({ length: size }, (_, row) => own[(start + row) % own.length]!);
    const vectors = new Float32Array(size * targets.cols);
    chosen.forEach((text, row) => vectors.set(targets.row(text), row * targets.cols));
    const { ids, mask } = encoder.tokenize(
      chosen.map((text) => texts[text]!),
      { length: group.width },
    );
    return { ids, mask, targets: tensor(vectors, { shape: [size, targets.cols] }) };
  };
  return {
    length: plan.length,
    unit: "tokens",
    at,
    count: ({ ids }) => ids.size,
    *[Symbol.iterator]() {
      for (let index = 0; index < plan.length; index++) yield at(index);
    },
  };
}

interface Group {
  width: number;
  members: number[];
}

function groupByLength(encoder: TrainableEncoder, texts: readonly string[], lengths: readonly number[]): Group[] {
  const groups = lengths.map((width): Group => ({ width, members: [] }));
  for (const [index, text] of texts.entries()) {
    const { length } = encoder.tokenizer.encode(text);
    const group = groups.find(({ width }) => length <= width) ?? groups.at(-1)!;
    group.members.push(index);
  }
  return groups.filter(({ members }) => members.length > 0);
}

function checkLengths(lengths: readonly number[], maxTokens: number): void {
  const hint = "pass lengths in ascending order, such as [8, 16, 32]";
  checkArray("lengths", lengths, (name, length) => checkInteger(name, length, { min: 2, max: maxTokens }), { allowEmpty: false, hint });
  const wrong = lengths.findIndex((length, index) => index > 0 && length <= lengths[index - 1]!);
  if (wrong < 0) return;
  throw new ArgumentError(`lengths must ascend, but ${lengths[wrong]} comes after ${lengths[wrong - 1]}`, {
    hint,
    facts: { argument: "lengths", value: lengths },
  });
}
