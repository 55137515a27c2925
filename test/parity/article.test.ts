/** The article's Pinecone cells, corrected, on every store: scores as sentence-transformers gives them for the same model. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SentenceEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { toLangChainEmbeddings, toLangChainStore } from "../../kernel-helpers/langchain/index.ts";
import {
  openStore,
  startLocalPinecone,
  startMilvusLite,
  type LocalPinecone,
  type MilvusLite,
  type StoreOptions,
} from "../../kernel-helpers/retrieval/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-article-"));
let milvus: MilvusLite;
let pinecone: LocalPinecone;
let encoder: SentenceEncoder;
beforeAll(async () => {
  [milvus, pinecone, encoder] = await Promise.all([
    startMilvusLite({ dataDir: path.join(folder, "milvus") }),
    startLocalPinecone(),
    SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu" }),
  ]);
});
afterAll(async () => {
  encoder.close();
  await Promise.all([milvus.close(), pinecone.close()]);
  rmSync(folder, { recursive: true });
});

describe.each<[string, () => StoreOptions]>([
  ["memory", () => ({ kind: "memory", dimension: 384 })],
  ["lancedb", () => ({ kind: "lancedb", path: path.join(folder, "lance"), dimension: 384 })],
  ["pinecone", () => ({ kind: "pinecone", index: "ai-engineer", url: pinecone.url, apiKey: "any", dimension: 384 })],
  ["milvus", () => ({ kind: "milvus", address: milvus.address, collection: "ai_engineer", dimension: 384 })],
])("the article's cells on %s", (_, options) => {
  test("upsert two phrases and find the nearest two", async () => {
    const store = await openStore(options());
    const vectors = await encoder.encode(["AI工程师", "机器学习专家", "深度学习"]);
    await store.upsert([
      { id: "doc1", vector: vectors.row(0), metadata: { text: "AI工程师" } },
      { id: "doc2", vector: vectors.row(1), metadata: { text: "机器学习专家" } },
    ]);
    expect(await store.query({ vector: vectors.row(2), topK: 2 })).toEqual([
      { id: "doc2", score: expect.closeTo(0.8195, 3) as number, metadata: { text: "机器学习专家" } },
      { id: "doc1", score: expect.closeTo(0.5884, 3) as number, metadata: { text: "AI工程师" } },
    ]);
    await store.close();
  });

  test("fill LangChain's VectorStore from texts and retrieve for the question", async () => {
    const store = await openStore({ ...options(), namespace: "documents" });
    const vectorStore = toLangChainStore(store, toLangChainEmbeddings(encoder));
    const texts = ["AI工程师需要懂Transformer", "RAG可以减少幻觉"];
    await vectorStore.addDocuments(texts.map((pageContent) => ({ pageContent, metadata: {} })));
    const found = await vectorStore.asRetriever(1).invoke("AI工程师需要什么技能?");
    expect(found.map(({ pageContent }) => pageContent)).toEqual([texts[0]]);
    await store.close();
  });
});
