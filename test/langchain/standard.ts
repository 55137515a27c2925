/**
 * LangChain's own standard tests for vector stores and embeddings, after langchain-tests 1.1.9 for Python (MIT), test by test: the package for
 * JavaScript, @langchain/standard-tests, is not published. Python's come twice, with and without async; JavaScript has one way.
 */
import { Document, type DocumentInterface } from "@langchain/core/documents";
import { Embeddings, type EmbeddingsInterface } from "@langchain/core/embeddings";
import { describe, expect, test } from "vitest";
import type { LangChainVectorStore } from "../../kernel-helpers/langchain/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";

export const embeddingSize = 6;

/** As DeterministicFakeEmbedding: numbers drawn from a seed that is a hash of the text. */
export class DeterministicFakeEmbedding extends Embeddings {
  constructor() {
    super({});
  }

  async embedQuery(text: string): Promise<number[]> {
    let hash = 7;
    for (const unit of text) hash = (Math.imul(hash, 31) + unit.codePointAt(0)!) >>> 0;
    const random = createRandom(hash);
    return Array.from({ length: embeddingSize }, () => random.normal());
  }

  async embedDocuments(texts: string[]): Promise<number[][]> {
    return Promise.all(texts.map((text) => this.embedQuery(text)));
  }
}

const plain = (documents: readonly DocumentInterface[]): unknown =>
  documents.map(({ id, pageContent, metadata }) => ({ id, pageContent, metadata }));

const byId = (documents: readonly DocumentInterface[]): DocumentInterface[] =>
  [...documents].sort((one, other) => (one.id! < other.id! ? -1 : 1));

/** @param open A store that is empty. */
export function describeLangChainStore(
  name: string,
  open: () => Promise<{ store: LangChainVectorStore; close: () => Promise<void> }>,
): void {
  const withStore = async (use: (store: LangChainVectorStore) => Promise<void>): Promise<void> => {
    const { store, close } = await open();
    try {
      await use(store);
    } finally {
      await close();
    }
  };
  const fooBar = (): Document[] => [
    new Document({ pageContent: "foo", metadata: { id: 1 } }),
    new Document({ pageContent: "bar", metadata: { id: 2 } }),
  ];
  const foo = { pageContent: "foo", metadata: { id: 1 } };
  const bar = { pageContent: "bar", metadata: { id: 2 } };

  describe(`${name}: a VectorStore by LangChain's standard tests`, { timeout: 60_000 }, () => {
    test("test_vectorstore_is_empty", () =>
      withStore(async (store) => {
        expect(await store.similaritySearch("foo", 1)).toEqual([]);
      }));

    test("test_add_documents: nearest first, and the documents given are not changed", () =>
      withStore(async (store) => {
        const original = fooBar();
        const ids = (await store.addDocuments(original)) as string[];
        expect(plain(await store.similaritySearch("bar", 2))).toEqual([
          { id: ids[1], ...bar },
          { id: ids[0], ...foo },
        ]);
        expect(original).toEqual(fooBar());
      }));

    test("test_vectorstore_still_empty", () =>
      withStore(async (store) => {
        expect(await store.similaritySearch("foo", 1)).toEqual([]);
      }));

    test("test_deleting_documents", () =>
      withStore(async (store) => {
        expect(await store.addDocuments(fooBar(), { ids: ["1", "2"] })).toEqual(["1", "2"]);
        await store.delete({ ids: ["1"] });
        expect(plain(await store.similaritySearch("foo", 1))).toEqual([{ id: "2", ...bar }]);
      }));

    test("test_deleting_bulk_documents", () =>
      withStore(async (store) => {
        const baz = { pageContent: "baz", metadata: { id: 3 } };
        await store.addDocuments([...fooBar(), new Document(baz)], { ids: ["1", "2", "3"] });
        await store.delete({ ids: ["1", "2"] });
        expect(plain(await store.similaritySearch("foo", 1))).toEqual([{ id: "3", ...baz }]);
      }));

    test("test_delete_missing_content", () =>
      withStore(async (store) => {
        await store.delete({ ids: ["1"] });
        await store.delete({ ids: ["1", "2", "3"] });
        expect(await store.similaritySearch("foo", 1)).toEqual([]);
      }));

    test("test_add_documents_with_ids_is_idempotent", () =>
      withStore(async (store) => {
        for (let round = 0; round < 2; round++) await store.addDocuments(fooBar(), { ids: ["1", "2"] });
        expect(plain(await store.similaritySearch("bar", 2))).toEqual([{ id: "2", ...bar }, { id: "1", ...foo }]); // prettier-ignore
      }));

    test("test_add_documents_by_id_with_mutation", () =>
      withStore(async (store) => {
        await store.addDocuments(fooBar(), { ids: ["1", "2"] });
        const renewed = { pageContent: "new foo", metadata: { id: 1, some_other_field: "foo" } };
        await store.addDocuments([new Document(renewed)], { ids: ["1"] });
        expect(plain(await store.similaritySearch("new foo", 2))).toEqual([{ id: "1", ...renewed }, { id: "2", ...bar }]); // prettier-ignore
      }));

    test("test_get_by_ids", () =>
      withStore(async (store) => {
        const ids = (await store.addDocuments(fooBar(), { ids: ["1", "2"] })) as string[];
        expect(plain(await store.getByIds(ids))).toEqual([{ id: "1", ...foo }, { id: "2", ...bar }]); // prettier-ignore
      }));

    test("test_get_by_ids_missing", () =>
      withStore(async (store) => {
        expect(await store.getByIds(["1", "2", "3"])).toEqual([]);
      }));

    test("test_add_documents_documents: without ids they get some", () =>
      withStore(async (store) => {
        const ids = (await store.addDocuments(fooBar())) as string[];
        expect(plain(byId(await store.getByIds(ids)))).toEqual(plain(byId([{ id: ids[0]!, ...foo }, { id: ids[1]!, ...bar }]))); // prettier-ignore
      }));

    test("test_add_documents_with_existing_ids", () =>
      withStore(async (store) => {
        const ids = (await store.addDocuments([new Document({ id: "foo", ...foo }), new Document(bar)])) as string[];
        expect(ids).toContain("foo");
        expect(plain(byId(await store.getByIds(ids)))).toEqual(plain(byId([{ id: "foo", ...foo }, { id: ids[1]!, ...bar }]))); // prettier-ignore
      }));
  });
}

export function describeLangChainEmbeddings(name: string, open: () => Promise<EmbeddingsInterface>): void {
  describe(`${name}: Embeddings by LangChain's standard tests`, () => {
    test("test_embed_query: numbers, as many for each text", async () => {
      const model = await open();
      const [one, other] = [await model.embedQuery("foo"), await model.embedQuery("bar")];
      expect(Array.isArray(one) && one.length > 0 && one.every(Number.isFinite)).toBe(true);
      expect(other).toHaveLength(one.length);
    });

    test("test_embed_documents: one vector for each text, all of one length", async () => {
      const vectors = await (await open()).embedDocuments(["foo", "bar", "baz"]);
      expect(vectors).toHaveLength(3);
      expect(vectors[0]!.length).toBeGreaterThan(0);
      expect(
        vectors.every((vector) => Array.isArray(vector) && vector.length === vectors[0]!.length && vector.every(Number.isFinite)),
      ).toBe(true);
    });
  });
}
