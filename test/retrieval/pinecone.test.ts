/**
 * Pinecone passes what every store passes, through its official client: on our local server in the shape of its API, and on the service itself where
 * PINECONE_API_KEY is set.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore, startLocalPinecone, type LocalPinecone, type StoreOptions } from "../../kernel-helpers/retrieval/index.ts";
import { describeAgreement } from "./agreement.ts";
import { describeVectorStore } from "./conformance.ts";
import { describeSharedStore } from "./writers.ts";

let server: LocalPinecone;
let slow: LocalPinecone;
let indexes = 0;
beforeAll(async () => {
  [server, slow] = await Promise.all([startLocalPinecone(), startLocalPinecone({ delay: 15 })]);
});
afterAll(() => Promise.all([server.close(), slow.close()]));

const newIndex = (at: LocalPinecone): { kind: "pinecone"; url: string; index: string; apiKey: string } => ({
  kind: "pinecone",
  url: at.url,
  index: `i${indexes++}`,
  apiKey: "any",
});

describeVectorStore("pinecone, a local server whose writes are visible after a while", (options) =>
  openStore({ ...newIndex(slow), ...options }),
);
describeSharedStore("pinecone, local", () => ({ ...newIndex(server), dimension: 2 }));
describeAgreement("pinecone, local,", (options) => openStore({ ...newIndex(server), ...options }), { ordersText: false });

const key = process.env["PINECONE_API_KEY"];
if (key !== undefined) {
  const names: string[] = [];
  const newName = (): string => names[names.push(`cairn-${Date.now().toString(36)}-${names.length}`) - 1]!;
  afterAll(async () => {
    const { Pinecone } = await import("@pinecone-database/pinecone");
    for (const name of names) await new Pinecone({ apiKey: key }).deleteIndex(name);
  });
  // One index for each shape, a namespace for each store: an account has few indexes.
  const indexOf = new Map<string, string>();
  let spaces = 0;
  const open = (options: { dimension: number; metric?: "cosine" | "dot" | "euclidean" }): ReturnType<typeof openStore> => {
    const shape = `${options.dimension} ${options.metric ?? "cosine"}`;
    if (!indexOf.has(shape)) indexOf.set(shape, newName());
    return openStore({ kind: "pinecone", index: indexOf.get(shape)!, namespace: `s${spaces++}`, ...options });
  };
  describeVectorStore("pinecone", open);
  describeAgreement("pinecone", open, { ordersText: false, runs: 2 });
}

describe("requests to Pinecone", () => {
  const open = (options: Partial<StoreOptions> = {}): ReturnType<typeof openStore> =>
    openStore({ ...newIndex(server), dimension: 2, ...options } as StoreOptions);

  test.each([429, 500, 503])("are tried again after an answer of %d", async (status) => {
    const store = await open();
    server.failNext(3, status);
    await store.upsert([{ id: "a", vector: [1, 0] }]);
    server.failNext(2, status);
    expect(await store.count()).toBe(1);
    await store.close();
  });

  test("are not tried again where they are refused for good, and fail in the end where nothing helps", { timeout: 60_000 }, async () => {
    const store = await open();
    server.failNext(1, 400);
    await expect(store.upsert([{ id: "a", vector: [1, 0] }])).rejects.toThrow("refused with 400");
    server.failNext(20, 503);
    await expect(store.upsert([{ id: "a", vector: [1, 0] }])).rejects.toThrow("the pinecone store could not be reached in 20 attempts");
    expect(await store.count()).toBe(0);
    await store.close();
  });

  test("end when the time is over, or the signal says so", async () => {
    const late = await startLocalPinecone({ delay: 60_000 });
    const store = await openStore({ ...newIndex(late), dimension: 2, timeout: 500 });
    await store.upsert([{ id: "a", vector: [1, 0] }]);
    const controller = new AbortController();
    const call = store.count(undefined, { signal: controller.signal }); // waits until the write is visible
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await expect(call).rejects.toThrow("enough");
    await late.close();
    await expect(openStore({ ...newIndex(late), dimension: 2, timeout: 500 })).rejects.toThrow(/Pinecone does not open the index i\d+/);
  });

  test("want a key, and an index of the same shape", async () => {
    const { PINECONE_API_KEY: given, ...others } = process.env;
    process.env = others;
    await expect(openStore({ kind: "pinecone", index: "x", url: server.url, dimension: 2 })).rejects.toThrow(
      "Pinecone wants an API key\n  hint: set PINECONE_API_KEY, or pass apiKey; startLocalPinecone() takes any",
    );
    if (given !== undefined) process.env["PINECONE_API_KEY"] = given;
    const options = newIndex(server);
    await (await openStore({ ...options, dimension: 2, metric: "dot" })).close();
    await expect(openStore({ ...options, dimension: 3 })).rejects.toThrow(
      `the index ${options.index} has dimension 2, metric dotproduct, not dimension 3, metric cosine\n  hint: open it as it was made, or name another index`,
    );
  });

  test("hold numbers, text and truth values as they are, so that others can read them", async () => {
    const { Pinecone } = await import("@pinecone-database/pinecone");
    const options = newIndex(server);
    const store = await openStore({ ...options, dimension: 2 });
    await store.upsert([{ id: "a", vector: [1, 0], metadata: { price: 20, 名: "甲", "~odd": true } }]);
    const index = new Pinecone({ apiKey: "any", controllerHostUrl: server.url }).index({ name: options.index });
    const { records } = await index.fetch({ ids: ["a"] });
    expect(records["a"]!.metadata).toEqual({ price: 20, "~number price": true, 名: "甲", "~~odd": true });
    await index.upsert({ records: [{ id: "theirs", values: [0, 1], metadata: { price: 7, tags: ["x"] } }] });
    expect(await store.get(["theirs", "a"])).toMatchObject([{ metadata: { price: 7 } }, { metadata: { "~odd": true } }]);
    expect(await store.count({ price: { $lt: 10 } })).toBe(1);
    await store.close();
  });
});
