/** The one way to a vector store, whichever it is. */
import { ArgumentError } from "../errors.ts";
import { GuardedStore } from "./guarded-store.ts";
import { LanceDriver } from "./lancedb/lance-driver.ts";
import { MemoryDriver } from "./memory/memory-driver.ts";
import type { Metric, VectorStore } from "./store.ts";

export type StoreOptions = {
  /** How many numbers a vector has. */
  dimension: number;
  /** @default "cosine" */
  metric?: Metric;
} & (
  | {
      /** In this process's memory: exact and fast, gone when it ends. */
      kind: "memory";
    }
  | {
      /** LanceDB, embedded: files in a folder, no server. */
      kind: "lancedb";
      /** The folder; made when it does not exist. */
      path: string;
    }
);

const metrics: readonly Metric[] = ["cosine", "dot", "euclidean"];

/**
 * @example
 * const store = await openStore({ kind: 'lancedb', path: 'vectors', dimension: 384 })
 * await store.upsert([{ id: 'p1', vector, metadata: { language: 'en', price: 20 } }])
 * const matches = await store.query({ vector, topK: 5, filter: { price: { $lt: 50 } } })
 */
export async function openStore(options: StoreOptions): Promise<VectorStore> {
  const { kind, dimension, metric = "cosine" } = options;
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw new ArgumentError(`the dimension is ${dimension}`, { hint: "give the length of the vectors, such as 384" });
  }
  if (!metrics.includes(metric)) throw new ArgumentError(`unknown metric "${metric}"`, { hint: `use ${metrics.join(", ")}` });
  if (kind === "memory") return new GuardedStore(new MemoryDriver(dimension, metric));
  if (kind === "lancedb") return new GuardedStore(await LanceDriver.open(options.path, dimension, metric));
  throw new ArgumentError(`unknown store "${String(kind)}"`, { hint: "use memory or lancedb" });
}
