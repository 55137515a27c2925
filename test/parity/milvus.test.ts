/** Milvus passes what every store passes, on milvus-lite's server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openStore, startMilvusLite, type MilvusLite } from "../../kernel-helpers/retrieval/index.ts";
import { toLangChainStore } from "../../kernel-helpers/langchain/index.ts";
import { describeLangChainStore, DeterministicFakeEmbedding, embeddingSize } from "../langchain/standard.ts";
import { describeAgreement } from "../retrieval/agreement.ts";
import { describeVectorStore } from "../retrieval/conformance.ts";
import { describeSharedStore } from "../retrieval/writers.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-milvus-"));
let server: MilvusLite;
let collections = 0;
beforeAll(async () => {
  server = await startMilvusLite({ dataDir: path.join(folder, "data") });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const newCollection = (): { kind: "milvus"; address: string; collection: string } => ({
  kind: "milvus",
  address: server.address,
  collection: `c${collections++}`,
});

describeVectorStore("milvus", (options) => openStore({ ...newCollection(), ...options }));
describeSharedStore("milvus", () => ({ ...newCollection(), dimension: 2 }));
describeAgreement("milvus", (options) => openStore({ ...newCollection(), ...options }));
describeLangChainStore("milvus", async () => {
  const store = await openStore({ ...newCollection(), dimension: embeddingSize });
  return { store: toLangChainStore(store, new DeterministicFakeEmbedding()), close: () => store.close() };
});
