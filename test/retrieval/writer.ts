/** One of several processes that write to a store at once: opens it, says so, and carries out what comes on stdin, one JSON command a line. */
import { createInterface } from "node:readline";
import { openStore, type StoreOptions, type VectorRecord } from "../../kernel-helpers/retrieval/index.ts";

/** What a writer does, in turn; `deleted` comes back as its answer. */
export type Step = { upsert: VectorRecord[] } | { delete: string[] };

const store = await openStore(JSON.parse(process.argv[2]!) as StoreOptions);
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  let deleted = 0;
  for (const step of JSON.parse(line) as Step[]) {
    if ("upsert" in step) await store.upsert(step.upsert);
    else deleted += await store.delete(step.delete);
  }
  console.log(JSON.stringify({ deleted }));
}
await store.close();
