import { ShapeError } from "../errors.ts";
import { argumentError, checkBoolean, checkInstance, checkInteger, checkObject, checkOptions } from "../runtime/check.ts";
import { createRandom } from "../runtime/random.ts";
import { Tensor, tensor } from "../tensor/index.ts";
import { batchesPerEpoch, checkBatch, rowsOf, seedOf, type Batches } from "./batches.ts";

export interface TensorBatchesOptions {
  /** Rows per batch. */
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
 * @throws {ArgumentError} The tensors differ in their number of rows, or make no batch; or an option is not what it has to be.
 * @example
 * const batches = tensorBatches({ x: zeros([10, 2]), y: zeros([10]) }, { batchSize: 4 });
 * batches.length // 3
 * batches.at(0).x.shape // [ 4, 2 ]
 */
export function tensorBatches<T extends Readonly<Record<string, Tensor>>>(tensors: T, options: TensorBatchesOptions): Batches<T> {
  checkTensors(tensors);
  checkOptions("tensorBatches", checkObject("options", options, { hint: "pass { batchSize: 32 }" }), [
    "batchSize",
    "shuffle",
    "seed",
    "dropLast",
  ]);
  const { batchSize, shuffle = true, seed = 0, dropLast = false } = options;
  checkBoolean("shuffle", shuffle);
  checkInteger("seed", seed);
  checkBoolean("dropLast", dropLast);
  const columns = Object.entries<Tensor>(tensors).map(([name, whole]) => {
    const { data } = whole.dtype === "float16" ? whole.to("float32") : whole; // numbers, not bits
    return { name, data, shape: whole.shape, dtype: whole.dtype };
  });
  const rows = columns[0]?.shape[0] ?? 0;
  if (columns.some(({ shape }) => shape[0] !== rows)) {
    const found = columns.map(({ name, shape }) => `${name} (${shape.join(", ")})`);
    throw new ShapeError(`the tensors differ in their number of rows: ${found.join(", ")}`, {
      hint: "their first axes count the same examples",
    });
  }
  const length = batchesPerEpoch(rows, batchSize, dropLast);
  const inOrder = Array.from({ length: rows }, (_, row) => row);
  const orders = { epoch: -1, order: inOrder }; // of the epoch that was asked for last
  const orderOf = (epoch: number): readonly number[] => {
    if (shuffle && orders.epoch !== epoch) Object.assign(orders, { epoch, order: createRandom(seedOf(seed, epoch)).shuffle(inOrder) });
    return orders.order;
  };

  const at = (index: number): T => {
    checkInteger("index", index, { min: 0 });
    const first = (index % length) * batchSize;
    const chosen = orderOf(Math.floor(index / length)).slice(first, first + batchSize);
    const parts = columns.map(({ name, data, shape, dtype }) => {
      const width = data.length / rows;
      const part = data.slice(0, chosen.length * width);
      chosen.forEach((row, target) => part.set(data.subarray(row * width, (row + 1) * width) as never, target * width));
      return [name, tensor(part, { shape: [chosen.length, ...shape.slice(1)], dtype })];
    });
    return Object.fromEntries(parts) as T;
  };
  return {
    length,
    unit: "rows",
    at,
    count: (batch) => rowsOf(checkBatch(batch)),
    [Symbol.iterator]: () => pass(length, at),
  };
}

function checkTensors(tensors: Readonly<Record<string, Tensor>>): void {
  const hint = "pass tensors by name, such as { x, y }, whose first axis counts the rows";
  const entries = Object.entries(checkObject("tensors", tensors, { hint }));
  if (entries.length === 0) throw argumentError("tensors", "tensors by name", tensors, { hint });
  for (const [name, found] of entries) {
    if (checkInstance(`tensors.${name}`, found, Tensor, { hint }).rank === 0)
      throw argumentError(`tensors.${name}`, "a Tensor with rows", found, { hint });
  }
}

/** Batches 0 to length − 1. */
export function* pass<B>(length: number, at: (index: number) => B): Generator<B> {
  for (let index = 0; index < length; index++) yield at(index);
}
