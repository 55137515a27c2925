/** What a store must do that several handles and processes share: call `describeSharedStore` for every store that outlives its handle. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { openStore, type StoreOptions, type VectorRecord, type VectorStore } from "../../kernel-helpers/retrieval/index.ts";
import type { Step } from "./writer.ts";

const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
const record = (id: string, writer: string): VectorRecord => ({ id, vector: [1, 0], metadata: { writer, [`by ${writer}`]: true } });

/** Another process with a handle of its own. */
async function startWriter(options: StoreOptions): Promise<{ run(steps: Step[]): Promise<{ deleted: number }>; end(): Promise<void> }> {
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
        // r3 may be deleted before it is upserted again, after, or both.
        const left = await a.count();
        expect(deleted + too + left).toBeGreaterThanOrEqual(names.length);
        expect(deleted + too + left).toBeLessThanOrEqual(names.length + 1);
        await Promise.all(writers.map((writer) => writer.end()));
      });
    });
  });
}
