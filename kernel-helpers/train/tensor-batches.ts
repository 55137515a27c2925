import { ArgumentError } from "../errors.ts";
import { createRandom } from "../runtime/random.ts";
import { tensor, type Tensor } from "../tensor/index.ts";
import { batchesAnEpoch, seedOf, type Batches } from "./batches.ts";

export interface TensorBatchesOptions {
  /** Rows a batch. */
  batchSize: number;
  /** Whether each epoch has the rows in a new random order. @default true */
  shuffle?: boolean;
  /** The same seed gives the same orders. @default 0 */
  seed?: number;
  /** Whether the last batch of an epoch is left out when it is smaller. @default false */
  dropLast?: boolean;
}

/**
 * Batches of rows of tensors that belong together, such as images and labels. Their numbers are taken now.
 *
 * @param tensors By name; the first axis is the same for all.
 * @throws {ArgumentError} The tensors differ in their number of rows, or make no batch.
 * @example
 * const batches = tensorBatches({ x: zeros([10, 2]), y: zeros([10]) }, { batchSize: 4 });
 * batches.length // 3
 * batches.at(0).x.shape // [ 4, 2 ]
 */
export function tensorBatches<T extends Readonly<Record<string, Tensor>>>(
  tensors: T,
  { batchSize, shuffle = true, seed = 0, dropLast = false }: TensorBatchesOptions,
): Batches<T> {
  const columns = Object.entries<Tensor>(tensors).map(([name, whole]) => {
    const { data } = whole.dtype === "float16" ? whole.to("float32") : whole; // numbers, not bits
    return { name, data, shape: whole.shape, dtype: whole.dtype };
  });
  const rows = columns[0]?.shape[0] ?? 0;
  if (columns.some(({ shape }) => shape[0] !== rows)) {
    const found = columns.map(({ name, shape }) => `${name} (${shape.join(", ")})`);
    throw new ArgumentError(`the tensors differ in their number of rows: ${found.join(", ")}`, {
      hint: "their first axes count the same examples",
    });
  }
  const length = batchesAnEpoch(rows, batchSize, dropLast);
  const inOrder = Array.from({ length: rows }, (_, row) => row);
  const orders = { epoch: -1, order: inOrder }; // of the epoch that was asked for last
  const orderOf = (epoch: number): readonly number[] => {
    if (shuffle && orders.epoch !== epoch) Object.assign(orders, { epoch, order: createRandom(seedOf(seed, epoch)).shuffle(inOrder) });
    return orders.order;
  };

  const at = (index: number): T => {
    const first = (index % length) * batchSize;
    const chosen = orderOf(Math.floor(index / length)).slice(first, first + batchSize);
    const parts = columns.map(({ name, data, shape, dtype }) => {
      const width = data.length / rows;
      const part = data.slice(0, chosen.length * width);
      chosen.forEach((row, place) => part.set(data.subarray(row * width, (row + 1) * width) as never, place * width));
      return [name, tensor(part, { shape: [chosen.length, ...shape.slice(1)], dtype })];
    });
    return Object.fromEntries(parts) as T;
  };
  return {
    length,
    unit: "rows",
    at,
    count: (batch) => Object.values<Tensor>(batch)[0]!.shape[0]!,
    [Symbol.iterator]: () => pass(length, at),
  };
}

/** Batches 0 to length − 1. */
export function* pass<B>(length: number, at: (index: number) => B): Generator<B> {
  for (let index = 0; index < length; index++) yield at(index);
}
