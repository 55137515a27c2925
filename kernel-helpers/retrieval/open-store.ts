/** The one way to a vector store, whichever it is. */
import { checkChoice, checkInteger, checkObject, checkOptions, checkText } from "../runtime/check.ts";
import { GuardedStore } from "./guarded-store.ts";
import { LanceDriver } from "./lancedb/lance-driver.ts";
import { MemoryDriver } from "./memory/memory-driver.ts";
import { MilvusDriver } from "./milvus/milvus-driver.ts";
import { PineconeDriver } from "./pinecone/pinecone-driver.ts";
import type { Metric, VectorStore } from "./store.ts";

export type StoreOptions = {
  /** How many numbers a vector has. */
  dimension: number;
  /** @default "cosine" */
  metric?: Metric;
  /** Records of different namespaces of one place do not see each other. @default the default namespace, which is none of the named ones */
  namespace?: string;
} & (
  | {
      /** In this process's memory: exact and fast, gone when it ends. Each store is a place of its own. */
      kind: "memory";
    }
  | {
      /** LanceDB, embedded: files in a folder, no server. */
      kind: "lancedb";
      /** The folder; made when it does not exist. */
      path: string;
    }
  | {
      /** A Milvus server: Milvus itself, Zilliz Cloud, or milvus-lite (see startMilvusLite). Needs @zilliz/milvus2-sdk-node. */
      kind: "milvus";
      /** Host and port, such as "127.0.0.1:19530", or a URL. */
      address: string;
      /** The collection, made when it does not exist: a letter or underscore, then letters, digits and underscores. */
      collection: string;
      /** @default Milvus's own default */
      database?: string;
      /** "user:password", or an API key. @default none */
      token?: string;
      /** Milliseconds for a request. @default 30000 */
      timeout?: number;
    }
  | {
      /** Pinecone, a service. Needs @pinecone-database/pinecone. */
      kind: "pinecone";
      /** The index, made when it does not exist, as a serverless one. */
      index: string;
      /** @default the variable PINECONE_API_KEY */
      apiKey?: string;
      /** Where the service is, such as the url of startLocalPinecone(). @default Pinecone's own */
      url?: string;
      /** Where a new index lies. @default { cloud: "aws", region: "us-east-1" } */
      deployment?: { cloud: string; region: string };
      /** Milliseconds for a request. @default 30000 */
      timeout?: number;
    }
);

const optionsOf = {
  memory: [],
  lancedb: ["path"],
  milvus: ["address", "collection", "database", "token", "timeout"],
  pinecone: ["index", "apiKey", "url", "deployment", "timeout"],
};

/**
 * @throws {ArgumentError} An option that is unknown, missing or out of range.
 * @throws {FormatError} The place holds a store of another dimension or metric.
 * @throws {UnavailableError} The store's client is not installed, or its server does not answer.
 * @example
 * const store = await openStore({ kind: 'lancedb', path: 'vectors', dimension: 384 })
 * await store.upsert([{ id: 'p1', vector, metadata: { language: 'en', price: 20 } }])
 * const matches = await store.query({ vector, topK: 5, filter: { price: { $lt: 50 } } })
 */
export async function openStore(options: StoreOptions): Promise<VectorStore> {
  const given = checkObject("options", options, { hint: 'write openStore({ kind: "memory", dimension: 384 })' });
  const kind = checkChoice("kind", given["kind"], ["memory", "lancedb", "milvus", "pinecone"]);
  checkOptions("options", options, ["kind", "dimension", "metric", "namespace", ...optionsOf[kind]]);
  const dimension = checkInteger("dimension", given["dimension"], {
    min: 1,
    max: 65_536,
    hint: "pass the length of the vectors, such as 384",
  });
  const metric = checkChoice("metric", given["metric"] ?? "cosine", ["cosine", "dot", "euclidean"]);
  const text = (name: string, hint: string): string => checkText(name, given[name], { allowEmpty: false, hint });
  const optional = (name: string, hint: string): string | undefined => (given[name] === undefined ? undefined : text(name, hint));
  const namespace = optional("namespace", "leave it out for the default namespace");
  const timeout = checkInteger("timeout", given["timeout"] ?? 30_000, { min: 1, hint: "milliseconds for a request" });
  switch (kind) {
    case "memory":
      return new GuardedStore(await MemoryDriver.open(dimension, metric));
    case "lancedb": {
      const path = text("path", "name the folder that LanceDB keeps its files in");
      return new GuardedStore(await LanceDriver.open(path, dimension, metric, namespace));
    }
    case "milvus": {
      const address = text("address", 'name the server, such as "127.0.0.1:19530"');
      const collection = text("collection", "name the collection");
      const database = optional("database", "leave it out for the default one");
      const token = optional("token", 'write "user:password", or an API key');
      return new GuardedStore(await MilvusDriver.open({ address, database, token, timeout }, collection, namespace, dimension, metric));
    }
    default:
      return new GuardedStore(
        await PineconeDriver.open({
          index: text("index", "name the index"),
          apiKey: optional("apiKey", "it is in Pinecone's console") ?? process.env["PINECONE_API_KEY"],
          url: optional("url", "such as the url of startLocalPinecone()"),
          deployment: deploymentOf(given["deployment"]),
          namespace,
          dimension,
          metric,
          timeout,
        }),
      );
  }
}

function deploymentOf(value: unknown): { cloud: string; region: string } {
  if (value === undefined) return { cloud: "aws", region: "us-east-1" };
  checkOptions("deployment", checkObject("deployment", value, { hint: "write { cloud, region }" }), ["cloud", "region"]);
  const { cloud, region } = value as Record<string, unknown>;
  return { cloud: checkText("deployment.cloud", cloud), region: checkText("deployment.region", region) };
}
