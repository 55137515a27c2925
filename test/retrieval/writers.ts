/** What a store must do that several handles and processes share: call `describeSharedStore` for every store that outlives its handle. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openStore, type StoreOptions, type VectorRecord, type VectorStore } from "../../kernel-helpers/retrieval/index.ts";
import type { Step } from "./writer.ts";

const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
const record = (id: string, writer: string): VectorRecord => ({ id, vector: [1, 0], metadata: { writer, [`by ${writer}`]: true } });

/** Another process with a handle of its own. */
async function startWriter(options: StoreOptions): Promise<{
  run(steps: Step[]): Promise<{ deleted: number }>;
  end(): Promise<void>;
  kill(): Promise<void>;
}> {
  const script = path.join(import.meta.dirname, "writer.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(options)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<{ deleted: number }> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the writer ended with code ${child.exitCode}`);
    return JSON.parse(value as string);
  };
  await answer();
  return {
    run(steps) {
      child.stdin.write(`${JSON.stringify(steps)}\n`);
      return answer();
    },
    async kill() {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
    async end() {
      const exit = once(child, "exit");
      child.stdin.end();
      await exit;
    },
  };
}

/** Every id is there at most once, and filters, ids and search agree about each record. */
async function expectWhole(store: VectorStore): Promise<void> {
  const matches = await store.query({ vector: [1, 0], topK: 1000 });
  expect(matches.map(({ id }) => id).toSorted()).toEqual([...new Set(matches.map(({ id }) => id))].toSorted());
  expect(await store.count()).toBe(matches.length);
  const held = await store.get(names);
  expect(held.length).toBe(matches.length);
  for (const writer of ["a", "b", "c"]) {
    const own = held.filter(({ metadata }) => metadata["writer"] === writer).length;
    expect(await store.count({ writer })).toBe(own);
    expect(await store.count({ [`by ${writer}`]: true })).toBe(own);
  }
}

export function describeSharedStore(name: string, place: () => StoreOptions): void {
  const withHandles = async (
    use: (a: VectorStore, b: VectorStore, c: VectorStore, options: StoreOptions) => Promise<void>,
  ): Promise<void> => {
    const options = place();
    const [a, b, c] = await Promise.all([openStore(options), openStore(options), openStore(options)]);
    try {
      await use(a, b, c, options);
    } finally {
      await Promise.all([a.close(), b.close(), c.close()]);
    }
  };

  describe(`${name}: a store of several handles and processes`, { timeout: 120_000 }, () => {
    test("each handle sees what the others wrote, also fields that are new to it", async () => {
      await withHandles(async (a, b) => {
        await a.upsert([record("r0", "a")]);
        expect(await b.count()).toBe(1);
        expect(await b.get(["r0"])).toMatchObject([{ id: "r0", metadata: { writer: "a" } }]);
        expect(await b.count({ "by a": true })).toBe(1);
        await b.upsert([record("r0", "b"), record("r1", "b")]);
        expect(await a.count({ "by b": true })).toBe(2);
        expect(await a.count({ "by a": true })).toBe(0);
        expect(await a.delete({ "by b": true })).toBe(2);
        expect(await b.query({ vector: [1, 0] })).toEqual([]);
      });
    });

    test("an id upserted through several handles at once is there once", async () => {
      await withHandles(async (a, b, c) => {
        for (const id of names) {
          await Promise.all([
            a.upsert([record(id, "a")]),
            b.upsert([record(id, "b")]),
            c.upsert([record(id, "c")]),
            a.upsert([record(id, "a")]),
          ]);
        }
        expect(await b.count()).toBe(names.length);
        await expectWhole(c);
      });
    });

    test("an id upserted by several processes at once is there once, with the fields of one of them", async () => {
      await withHandles(async (a, b, __, options) => {
        const writers = await Promise.all([startWriter(options), startWriter(options)]);
        // One id at a time: all three begin together, before any of them could have seen the others' record.
        for (const id of names) {
          await Promise.all([
            writers[0].run([{ upsert: [record(id, "a")] }]),
            writers[1].run([{ upsert: [record(id, "b")] }]),
            a.upsert([record(id, "c")]),
          ]);
        }
        expect(await b.count()).toBe(names.length);
        await expectWhole(b);
        await Promise.all(writers.map((writer) => writer.end()));
      });
    });

    test("what one process deletes while another upserts is counted once and gone or there, never twice", async () => {
      await withHandles(async (a, _, __, options) => {
        const writers = await Promise.all([startWriter(options), startWriter(options)]);
        await a.upsert(names.map((id) => record(id, "a")));
        const [{ deleted }, { deleted: too }] = await Promise.all([
          writers[0].run(names.map((id) => ({ delete: [id] }))),
          writers[1].run(names.toReversed().map((id) => ({ delete: [id] }))),
          a.upsert([record("r3", "c")]),
        ]);
        await expectWhole(a);
        // r3 may be deleted before it is upserted again, after, or both; who asks before it deletes may count what the other deletes.
        const left = await a.count();
        expect(deleted + too + left).toBeGreaterThanOrEqual(names.length);
        expect(deleted + too + left).toBeLessThanOrEqual((a.capabilities.deleteCounts === "exact" ? 1 : 2) * names.length + 1);
        expect(await a.get(names)).toHaveLength(left);
        await Promise.all(writers.map((writer) => writer.end()));
      });
    });

    test("when a writer is killed in the middle of its writes, all that it had finished is there, and each of its batches whole or not at all", async () => {
      const options = place();
      const writer = await startWriter(options);
      const batch = (number: number): VectorRecord[] =>
        Array.from({ length: 50 }, (_, at) => ({ id: `b${number}-${at}`, vector: [1, at], metadata: { batch: number } }));
      let finished = 0;
      const writing = (async (): Promise<string> => {
        try {
          for (; ; finished++) await writer.run([{ upsert: batch(finished) }]);
        } catch (error) {
          return (error as Error).message;
        }
      })();
      while (await setTimeout(5, finished < 5));
      await writer.kill();
      expect(await writing).toMatch("the writer ended");
      const store = await openStore(options);
      for (let number = 0; number < finished; number++) expect(await store.count({ batch: number })).toBe(50);
      expect([0, 50]).toContain(await store.count({ batch: finished }));
      expect((await store.get(batch(2).map(({ id }) => id))).map(({ metadata }) => metadata["batch"])).toEqual(Array(50).fill(2));
      await store.upsert(batch(finished));
      expect(await store.count()).toBe(50 * (finished + 1));
      await store.close();
    });

    test("records of different namespaces of one place do not see each other", async () => {
      const options = place();
      const namespaces = [undefined, "shop", "Shop", "店 1"];
      const open = (namespace: string | undefined): Promise<VectorStore> =>
        openStore(namespace === undefined ? options : { ...options, namespace });
      const spaces = await Promise.all(namespaces.map(open));
      for (const [at, space] of spaces.entries()) {
        await space.upsert([{ id: "same", vector: [1, at], metadata: { at } }, { id: `own${at}`, vector: [0, 1] }]); // prettier-ignore
      }
      for (const [at, space] of spaces.entries()) {
        expect(await space.count()).toBe(2);
        expect((await space.query({ vector: [1, at], topK: 5 })).map(({ id }) => id).toSorted()).toEqual([`own${at}`, "same"]);
        expect(await space.get(["same"])).toEqual([{ id: "same", vector: Float32Array.of(1, at), metadata: { at } }]);
      }
      expect(await spaces[1]!.clear()).toBe(2);
      expect(await Promise.all(spaces.map((space) => space.count()))).toEqual([2, 0, 2, 2]);
      await Promise.all(spaces.map((space) => space.close()));
    });
  });
}
