/** The one way to a vector store, whichever it is. */
import { checkChoice, checkInteger, checkObject, checkOptions, checkText } from "../runtime/check.ts";
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

/**
 * @throws {ArgumentError} An option that is unknown, missing or out of range.
 * @throws {FormatError} The folder holds a store of another dimension or metric.
 * @example
 * const store = await openStore({ kind: 'lancedb', path: 'vectors', dimension: 384 })
 * await store.upsert([{ id: 'p1', vector, metadata: { language: 'en', price: 20 } }])
 * const matches = await store.query({ vector, topK: 5, filter: { price: { $lt: 50 } } })
 */
export async function openStore(options: StoreOptions): Promise<VectorStore> {
  const given = checkObject("options", options, { hint: 'write openStore({ kind: "memory", dimension: 384 })' });
  const kind = checkChoice("kind", given["kind"], ["memory", "lancedb"]);
  checkOptions("options", options, ["kind", "dimension", "metric", ...(kind === "lancedb" ? ["path"] : [])]);
  const dimension = checkInteger("dimension", given["dimension"], {
    min: 1,
    max: 65_536,
    hint: "pass the length of the vectors, such as 384",
  });
  const metric = checkChoice("metric", given["metric"] ?? "cosine", ["cosine", "dot", "euclidean"]);
  if (kind === "memory") return new GuardedStore(await MemoryDriver.open(dimension, metric));
  const path = checkText("path", given["path"], { allowEmpty: false, hint: "name the folder that LanceDB keeps its files in" });
  return new GuardedStore(await LanceDriver.open(path, dimension, metric));
}
