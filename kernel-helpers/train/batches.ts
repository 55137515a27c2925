/**
 * What a training loop draws its batches from. Sources of this room are functions of the batch's number: the same number gives the same batch,
 * in any process and in any order, so that a run goes on exactly where it was without any state to save.
 */
import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../tensor/index.ts";

/** What a loss is computed of: tensors by name, or in order. */
export type Batch = Readonly<Record<string, Tensor>> | readonly Tensor[];

/** Batches by number. Iterated, they are those of the first epoch. */
export interface Batches<B extends Batch> extends Iterable<B> {
  /** Batches an epoch. */
  readonly length: number;
  /** What speed is counted in, such as "tokens". */
  readonly unit: string;
  /** Batch of the number, counted from 0 on through all epochs. */
  at(index: number): B;
  /** How many tokens, rows or images the batch holds. */
  count(batch: B): number;
}

/** Batches, or whatever gives some: an array, a generator, or a function that begins anew for each epoch, counted from 0. */
export type BatchSource<B extends Batch> =
  | Batches<B>
  | Iterable<B>
  | AsyncIterable<B>
  | ((epoch: number) => Iterable<B> | AsyncIterable<B>);

export function isBatches<B extends Batch>(source: BatchSource<B>): source is Batches<B> {
  return typeof source === "object" && "at" in source && "count" in source && "unit" in source;
}

/** All batches of an epoch. */
export function onePass<B extends Batch>(source: BatchSource<B>, epoch: number = 0): Iterable<B> | AsyncIterable<B> {
  return typeof source === "function" ? source(epoch) : source;
}

/**
 * The batches from the one of that number on, epoch after epoch, without end; of a source that cannot begin anew, until it is used up. Sources
 * that do not know batches by number are drawn from until they are there.
 */
export async function* batchesFrom<B extends Batch>(source: BatchSource<B>, start: number): AsyncGenerator<B> {
  if (isBatches(source)) {
    for (let index = start; ; index++) yield source.at(index);
  }
  for (let epoch = 0, index = 0; ; epoch++) {
    const before = index;
    for await (const batch of onePass(source, epoch)) if (index++ >= start) yield batch;
    if (index === before) return;
  }
}

/** The batch's tensors by name, or by their place. */
export function tensorsByName(batch: Batch): Record<string, Tensor> {
  return Object.fromEntries(Object.entries<Tensor>(batch as Record<string, Tensor>));
}

/** The size of the first axis, which all tensors of a batch share. */
export function rowsOf(batch: Batch): number {
  return Object.values<Tensor>(tensorsByName(batch))[0]?.shape[0] ?? 1;
}

/** How many batches the rows make, the last smaller one with them or not. */
export function batchesAnEpoch(rows: number, batchSize: number, dropLast: boolean): number {
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) throw new ArgumentError(`batchSize is ${batchSize}`, { hint: "give 1 or more" });
  const length = dropLast ? Math.floor(rows / batchSize) : Math.ceil(rows / batchSize);
  if (length > 0) return length;
  throw new ArgumentError(`there is no batch of ${batchSize} among ${rows} rows`, {
    hint: "give more data, a smaller batchSize, or dropLast: false",
  });
}

/** One seed of a seed and a number: nearby ones give unrelated random numbers. */
export const seedOf = (seed: number, number: number): number => Math.imul(seed ^ Math.imul(number + 1, 0x9e3779b1), 0x85ebca6b);
