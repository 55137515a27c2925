/** What 100,000 vectors ask of the stores that hold them outside of the process; it takes half a minute and more. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import {
  openStore,
  startLocalPinecone,
  startMilvusLite,
  type LocalPinecone,
  type MilvusLite,
} from "../../kernel-helpers/retrieval/index.ts";
import { testLargeStore } from "../retrieval/large.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-large-"));
let milvus: MilvusLite;
let pinecone: LocalPinecone;
beforeAll(async () => {
  [milvus, pinecone] = await Promise.all([startMilvusLite({ dataDir: path.join(folder, "milvus") }), startLocalPinecone()]);
});
afterAll(async () => {
  await Promise.all([milvus.close(), pinecone.close()]);
  rmSync(folder, { recursive: true });
});

testLargeStore("lancedb", (options) => openStore({ kind: "lancedb", path: path.join(folder, "lance"), ...options }));
testLargeStore("milvus", (options) =>
  openStore({ kind: "milvus", address: milvus.address, collection: "large", timeout: 300_000, ...options }),
);
testLargeStore("pinecone, local,", (options) =>
  openStore({ kind: "pinecone", url: pinecone.url, apiKey: "any", index: "large", ...options }),
);
