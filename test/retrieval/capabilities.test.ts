/** What docs/stores.md says of each store is what the store says of itself. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { openStore, startLocalPinecone, type Capabilities, type StoreOptions } from "../../kernel-helpers/retrieval/index.ts";
import { capabilities as milvus } from "../../kernel-helpers/retrieval/milvus/milvus-driver.ts";

const number = (value: number): string => (value === Infinity ? "any" : value.toLocaleString("en-US"));

const size = (bytes: number): string => (bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes / 1e6} MB`);

const rows: Record<string, (capabilities: Capabilities) => string> = {
  "records outlive the handle": ({ persistent }) => (persistent ? "yes" : "no"),
  "index kinds": ({ indexes }) => indexes.join(", ") || "its own",
  "exact search": ({ exact }) => exact,
  "a read sees": ({ consistency }) => (consistency === "immediate" ? "every finished write" : "own writes at once, others' after seconds"),
  "`delete()` returns": ({ deleteCounts }) => (deleteCounts === "exact" ? "what was deleted" : "what was there just before"),
  'filters order text (`$gt: "a"`)': ({ ordersText }) => (ordersText ? "yes" : "no"),
  "records in a request": ({ batch: { records, bytes } }) => (records === Infinity ? "any" : `${number(records)} or ${size(bytes)}`),
  "largest `topK`": ({ topK }) => number(topK),
  "longest id, metadata as JSON": ({ idBytes, metadataBytes }) =>
    idBytes === Infinity
      ? "any"
      : idBytes === metadataBytes
        ? `${number(idBytes)} bytes each`
        : `${number(idBytes)} and ${number(metadataBytes)} bytes`,
};

test("the table of stores is what the stores say of themselves", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-capabilities-"));
  const pinecone = await startLocalPinecone();
  const capabilitiesOf = async (options: StoreOptions): Promise<Capabilities> => {
    const store = await openStore(options);
    await store.close();
    return store.capabilities;
  };
  const stores = [
    await capabilitiesOf({ kind: "memory", dimension: 2 }),
    await capabilitiesOf({ kind: "lancedb", path: folder, dimension: 2 }),
    milvus,
    await capabilitiesOf({ kind: "pinecone", index: "i", url: pinecone.url, apiKey: "any", dimension: 2 }),
  ];
  await pinecone.close();
  rmSync(folder, { recursive: true });
  const table = readFileSync(path.join(import.meta.dirname, "../../docs/stores.md"), "utf8").match(/^\|.*$/gm)!;
  for (const [title, cell] of Object.entries(rows)) expect(table).toContain(`| ${[title, ...stores.map(cell)].join(" | ")} |`);
});
