/**
 * What a training loop draws its batches from. Sources of this room are functions of the batch's number: the same number gives the same batch,
 * in any process and in any order, so that a run goes on exactly where it was without any state to save.
 */
import { ArgumentError, ShapeError } from "../errors.ts";
import { argumentError, checkInteger, isPlainObject } from "../runtime/check.ts";
import { upperBits } from "../runtime/random.ts";
import { Tensor } from "../tensor/index.ts";

/** What a loss is computed of: tensors by name, or in order. */
export type Batch = Readonly<Record<string, Tensor>> | readonly Tensor[];

/** Batches by number. Iterated, they are those of the first epoch. */
export interface Batches<B extends Batch> extends Iterable<B> {
  /** Batches per epoch. */
  readonly length: number;
  /** What speed is counted in, such as "tokens". */
  readonly unit: string;
  /** Batch of the number, counted from 0 on through all epochs. */
  at(index: number): B;
  /** How many tokens, rows or images the batch holds. */
  count(batch: B): number;
}

/**
 * Batches that are made while a model learns from them, such as texts that it samples itself: they depend on what it has learnt, so a checkpoint holds
 * their state.
 */
export interface LiveBatches<B extends Batch> {
  /** What speed is counted in, such as "tokens". */
  readonly unit: string;
  /** Batch of the number, which is asked for in order. @param signal Ends the making of it. */
  at(index: number, signal?: AbortSignal): Promise<B>;
  /** How many tokens, rows or images the batch holds. */
  count(batch: B): number;
  /** All that the batches to come depend on, besides the model. */
  state(): Readonly<Record<string, Tensor>>;
  /** Goes on from a state. */
  load(state: Readonly<Record<string, Tensor>>): void;
}

/** Batches, or where they come from: an array, a generator, or a function that starts over for each epoch, counted from 0. */
export type BatchSource<B extends Batch> =
  | Batches<B>
  | LiveBatches<B>
  | Iterable<B>
  | AsyncIterable<B>
  | ((epoch: number) => Iterable<B> | AsyncIterable<B>);

/** Whether they are known by number. */
export function isNumbered<B extends Batch>(source: BatchSource<B>): source is Batches<B> | LiveBatches<B> {
  return typeof source === "object" && source !== null && "at" in source && "count" in source && "unit" in source;
}

export function isBatches<B extends Batch>(source: BatchSource<B>): source is Batches<B> {
  return isNumbered(source) && "length" in source;
}

export function isLive<B extends Batch>(source: BatchSource<B>): source is LiveBatches<B> {
  return isNumbered(source) && "state" in source;
}

/** Whether it can be gone through; a string can, too, but has no batches. */
const isIterable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);

/** @throws {ArgumentError} There is no way to draw batches from it. */
export function checkSource<T>(argument: string, source: T): T {
  if (isIterable(source) || typeof source === "function" || isNumbered(source as BatchSource<Batch>)) return source;
  const isBatch = source instanceof Tensor || isPlainObject(source);
  throw argumentError(argument, "batches, an array of them, a generator, or a function that returns one of these", source, {
    hint: isBatch ? "wrap a single batch in an array: [batch]" : "make them with tensorBatches or tokenBatches",
  });
}

/** @throws {ArgumentError} It is not a batch: tensors by name, or in order. */
export function checkBatch<B extends Batch>(batch: B): B {
  const hint = "a batch is an object of tensors, such as { x, y }, or an array of them";
  if (!(Array.isArray(batch) || isPlainObject(batch))) throw argumentError("a batch", "an object or an array of tensors", batch, { hint });
  const entries = Object.entries<unknown>(batch as Record<string, unknown>);
  if (entries.length === 0) throw argumentError("a batch", "an object or an array of tensors", batch, { hint });
  for (const [name, found] of entries) {
    if (!(found instanceof Tensor)) throw argumentError(`the batch's ${name}`, "a Tensor", found, { hint });
  }
  return batch;
}

/** @throws {ShapeError} The tensors of the batch do not share their first axis, along which it is cut. */
export function checkRows(batch: Batch): void {
  const shapes = Object.entries(tensorsByName(batch)).map(([name, { shape }]) => ({ name, shape }));
  if (shapes.every(({ shape }) => shape.length > 0 && shape[0] === shapes[0]!.shape[0])) return;
  throw new ShapeError(
    `accumulate cuts a batch into rows, but ${shapes.map(({ name, shape }) => `${name} is (${shape.join(", ")})`).join(", ")}`,
    {
      hint: "give all tensors of a batch the same first axis, or leave accumulate out",
      facts: { shapes: Object.fromEntries(shapes.map(({ name, shape }) => [name, shape])) },
    },
  );
}

/** All batches of an epoch. */
export function onePass<B extends Batch>(source: BatchSource<B>, epoch: number = 0): Iterable<B> | AsyncIterable<B> {
  if (isLive(source)) {
    throw argumentError("batches", "batches that end", source, { hint: "batches that a model makes itself are only trained on" });
  }
  if (typeof source !== "function") return source;
  const batches = source(epoch);
  if (isIterable(batches)) return batches;
  throw argumentError("what the function of batches returns", "an array or a generator of batches", batches, {
    hint: "write function* () { yield batch; }, or return an array",
  });
}

/** The error of a source that has nothing. */
export const noBatch = (what: string): ArgumentError =>
  new ArgumentError(`there is no batch to ${what}`, {
    hint: "a generator yields its batches only once: pass a function that makes a new one",
  });

/**
 * The batches from that number on, epoch after epoch, without end; those of a source that cannot start over, until it is used up. A source that
 * does not know its batches by number is drawn from until that one is reached.
 */
export async function* batchesFrom<B extends Batch>(source: BatchSource<B>, start: number, signal?: AbortSignal): AsyncGenerator<B> {
  if (isNumbered(source)) {
    for (let index = start; ; index++) yield isLive(source) ? source.at(index, signal) : source.at(index);
  }
  for (let epoch = 0, index = 0; ; epoch++) {
    const before = index;
    for await (const batch of onePass(source, epoch)) if (index++ >= start) yield batch;
    if (index === before) return;
  }
}

/** The batch's tensors by name, or by their index. */
export function tensorsByName(batch: Batch): Record<string, Tensor> {
  return Object.fromEntries(Object.entries<Tensor>(batch as Record<string, Tensor>));
}

/** The batch with other tensors in the place of its own. */
export function mapBatch<B extends Batch>(batch: B, change: (tensor: Tensor) => Tensor): B {
  const changed = Array.isArray(batch)
    ? batch.map(change)
    : Object.fromEntries(Object.entries<Tensor>(batch as Record<string, Tensor>).map(([name, each]) => [name, change(each)]));
  return changed as unknown as B;
}

/** The size of the first axis, which all tensors of a batch share. */
export function rowsOf(batch: Batch): number {
  return Object.values<Tensor>(tensorsByName(batch))[0]?.shape[0] ?? 1;
}

/** How many batches the rows make, a smaller last one included or not. */
export function batchesPerEpoch(rows: number, batchSize: number, dropLast: boolean): number {
  checkInteger("batchSize", batchSize, { min: 1 });
  const length = dropLast ? Math.floor(rows / batchSize) : Math.ceil(rows / batchSize);
  if (length > 0) return length;
  throw new ArgumentError(`there is no batch of ${batchSize} among ${rows} rows`, {
    hint: "pass more data, a smaller batchSize, or dropLast: false",
  });
}

/** One seed of a seed and a number: nearby ones give unrelated random numbers. */
export const seedOf = (seed: number, number: number): number =>
  Math.imul(seed ^ Math.imul(upperBits(seed), 0xc2b2ae35) ^ Math.imul(number + 1, 0x9e3779b1), 0x85ebca6b);
