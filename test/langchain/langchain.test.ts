/** LangChain over our stores, encoders and retrievers, and ours over LangChain's own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Document, type DocumentInterface } from "@langchain/core/documents";
import { RunnableLambda } from "@langchain/core/runnables";
import { FakeRetriever, FakeVectorStore, SyntheticEmbeddings } from "@langchain/core/utils/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  fromLangChainDocument,
  fromLangChainEmbeddings,
  fromLangChainRetriever,
  fromLangChainStore,
  toLangChainDocument,
  toLangChainEmbeddings,
  toLangChainRetriever,
  toLangChainStore,
} from "../../kernel-helpers/langchain/index.ts";
import { chunk, createDocument, DenseRetriever, KeywordRetriever, type Encoder } from "../../kernel-helpers/rag/index.ts";
import { openStore, startLocalPinecone, type LocalPinecone, type StoreOptions } from "../../kernel-helpers/retrieval/index.ts";
import { describeLangChainEmbeddings, describeLangChainStore, DeterministicFakeEmbedding, embeddingSize } from "./standard.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-langchain-"));
let pinecone: LocalPinecone;
let places = 0;
beforeAll(async () => {
  pinecone = await startLocalPinecone();
});
afterAll(async () => {
  await pinecone.close();
  rmSync(folder, { recursive: true });
});

const openOver = async (options: StoreOptions): ReturnType<Parameters<typeof describeLangChainStore>[1]> => {
  const store = await openStore(options);
  return { store: toLangChainStore(store, new DeterministicFakeEmbedding()), close: () => store.close() };
};
const dimension = embeddingSize;
describeLangChainStore("memory", () => openOver({ kind: "memory", dimension }));
describeLangChainStore("lancedb", () => openOver({ kind: "lancedb", path: path.join(folder, String(places++)), dimension }));
describeLangChainStore("pinecone, local,", () =>
  openOver({ kind: "pinecone", url: pinecone.url, apiKey: "any", index: `l${places++}`, dimension }),
);

/** Counts letters: enough to tell texts apart. */
const letters: Encoder = {
  name: "letters",
  dimension: 26,
  async encode(texts) {
    const data = new Float32Array(texts.length * 26);
    for (const [row, text] of texts.entries()) {
      for (const letter of text.toLowerCase().match(/[a-z]/g) ?? ["z"]) data[row * 26 + letter.charCodeAt(0) - 97]! += 1;
    }
    return { data };
  },
  prompts: { query: "q ", passage: "p " },
};
describeLangChainEmbeddings("an encoder of ours", async () => toLangChainEmbeddings(letters));

describe("LangChain over ours", () => {
  const text = "# Leave\n\nYou have thirty days.\n\n# Remote work\n\nWork where you like.";
  const chunks = chunk(
    createDocument({
      id: "handbook.md",
      text,
      headings: ["Leave", "Remote work"].map((title) => ({ start: text.indexOf(`# ${title}`), level: 1, text: title })),
    }),
  );

  test("embeddings put an encoder's prompts before questions and passages", async () => {
    const embeddings = toLangChainEmbeddings(letters);
    expect((await embeddings.embedQuery("a"))["q".charCodeAt(0) - 97]).toBe(1);
    expect((await embeddings.embedDocuments(["a"]))[0]!["p".charCodeAt(0) - 97]).toBe(1);
    expect(await embeddings.embedDocuments([])).toEqual([]);
  });

  test("a store filters, brings nested metadata back, spreads by relevance, and is a retriever in a chain", async () => {
    const store = await openStore({ kind: "memory", dimension: 26 });
    const vectorStore = toLangChainStore(store, toLangChainEmbeddings(letters));
    const metadata = { language: "en", loc: { lines: { from: 1, to: 3 } }, tags: ["a", "b"], note: null };
    await vectorStore.addDocuments([
      new Document({ id: "1", pageContent: "thirty days of leave", metadata }),
      new Document({ id: "2", pageContent: "thirty days of leave!", metadata: { language: "de" } }),
      new Document({ id: "3", pageContent: "remote work", metadata: { language: "en" } }),
    ]);
    const [found] = await vectorStore.similaritySearch("days of leave", 3, { language: "en" });
    expect(found).toEqual(new Document({ id: "1", pageContent: "thirty days of leave", metadata }));
    const spread = await vectorStore.maxMarginalRelevanceSearch!("days of leave", { k: 2, lambda: 0 }, undefined);
    expect(spread.map(({ id }) => id)).toEqual(["1", "3"]);
    const chain = vectorStore
      .asRetriever({ k: 1, filter: { language: "de" } })
      .pipe(RunnableLambda.from((documents: DocumentInterface[]) => documents.map(({ pageContent }) => pageContent).join("\n")));
    expect(await chain.invoke("days")).toBe("thirty days of leave!");
    await vectorStore.delete({ filter: { language: "en" } });
    expect(await store.count()).toBe(1);
    await vectorStore.delete({ deleteAll: true });
    expect(await store.count()).toBe(0);
    await store.close();
  });

  test("a retriever returns documents that say where they are from", async () => {
    const retriever = toLangChainRetriever(new KeywordRetriever(chunks), { topK: 1 });
    const documents = await retriever.invoke("days of leave");
    expect(documents.map(({ id, pageContent, metadata }) => ({ id, pageContent, metadata }))).toEqual([
      { id: chunks[0]!.id, pageContent: chunks[0]!.text, metadata: { source: "handbook.md", start: chunks[0]!.start, end: chunks[0]!.end, headings: ["Leave"] } },
    ]); // prettier-ignore
    expect(await retriever.batch(["leave", "remote"])).toHaveLength(2);
    expect(documents[0]).toEqual(toLangChainDocument(chunks[0]!));
  });

  test("what is not what it should be is refused by name", async () => {
    const store = await openStore({ kind: "memory", dimension: 26 });
    expect(() => toLangChainStore(store, letters as never)).toThrow("embeddings must be Embeddings of LangChain, got");
    expect(() => toLangChainStore(3 as never, toLangChainEmbeddings(letters))).toThrow("store must be a vector store, got 3");
    expect(() => toLangChainRetriever({} as never)).toThrow("retriever must be a retriever, got {}");
    const vectorStore = toLangChainStore(store, toLangChainEmbeddings(letters));
    await expect(vectorStore.delete()).rejects.toThrow("delete() was not told what");
    await expect(vectorStore.addVectors([[1]], [])).rejects.toThrow("0 documents, 1 vectors, no ids");
    await expect(vectorStore.addDocuments([new Document({ pageContent: "a", metadata: { pageContent: "b" } })])).rejects.toThrow(
      'documents[0].metadata has a field "pageContent", where the text is kept',
    );
    await store.close();
  });
});

describe("ours over LangChain", () => {
  test("their embeddings are an encoder, for a store of ours", async () => {
    const encoder = await fromLangChainEmbeddings(new SyntheticEmbeddings({ vectorSize: 8 }));
    expect(encoder).toMatchObject({ name: "SyntheticEmbeddings", dimension: 8 });
    const chunks = ["leave", "travel"].map((text) => chunk(createDocument({ id: text, text }))[0]!);
    await using retriever = await DenseRetriever.create(chunks, encoder);
    expect((await retriever.retrieve("travel", { topK: 1 }))[0]!.chunk.text).toBe("travel");
  });

  test("their retriever and their store are retrievers of ours", async () => {
    const documents = ["a", "b", "c"].map((pageContent) => new Document({ pageContent, metadata: { source: `${pageContent}.md` } }));
    const steps: string[] = [];
    const found = await fromLangChainRetriever(new FakeRetriever({ output: documents })).retrieve("?", {
      topK: 2,
      onStep: ({ name }) => void steps.push(name),
    });
    expect(found.map(({ chunk: { id, text }, score }) => ({ id, text, score }))).toEqual([
      { id: "a.md", text: "a", score: 1 },
      { id: "b.md", text: "b", score: 0.5 },
    ]);
    expect(steps).toEqual(["LangChain"]);

    const store = new FakeVectorStore(toLangChainEmbeddings(letters));
    await store.addDocuments(documents);
    const [best] = await fromLangChainStore(store).retrieve("b", { topK: 1 });
    expect(best!.chunk.document).toEqual(fromLangChainDocument(documents[1]!));
    await expect(fromLangChainStore(store).retrieve("b", { topk: 1 } as never)).rejects.toThrow('did you mean "topK"?');
  });
});
