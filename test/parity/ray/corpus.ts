/** A corpus embedded on a real Ray cluster, with a worker and the driver killed in the middle, against the vectors of one process. */
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { embedCorpus, EmbeddedCorpus, type EmbedCorpusOptions, type RayAddress } from "../../../kernel-helpers/distributed/index.ts";
import { SentenceEncoder } from "../../../kernel-helpers/embeddings/index.ts";
import { openStore } from "../../../kernel-helpers/retrieval/index.ts";
import { processOf } from "./find-process.ts";

const count = 160;
const model = "all-MiniLM-L6-v2";
const things = ["river", "engine", "violin", "harbour", "lantern", "orchard", "glacier"];
const documents = Array.from({ length: count }, (_, number) => ({
  key: `document-${number}`,
  body: `The ${number}th ${things[number % 7]} of the ${things[(number * 5 + 2) % 7]}, ${"and on ".repeat(number % 4)}`,
  number,
}));

export const corpusTests = (cluster: () => RayAddress, folder: string): void => {
  describe("a corpus", () => {
    test("has each vector once, as one process makes it, though a worker and the driver are killed", async () => {
      const half = count / 2;
      const files = [documents.slice(0, half), documents.slice(half)].map((part, index) => {
        const file = path.join(folder, `part-${index}.jsonl`);
        writeFileSync(file, part.map((document) => JSON.stringify(document)).join("\n") + (index === 0 ? "\n" : ""));
        return file;
      });
      const out = path.join(folder, "vectors");
      const options: EmbedCorpusOptions = {
        cluster: cluster(),
        model,
        files,
        folder: out,
        fields: { id: "key", text: "body", metadata: ["number"] },
        blockBytes: 512,
        memory: 4096,
      };
      const times = new Map<string, number>();
      const strike = setInterval(() => {
        const blocks = blocksOf(out);
        if (blocks.length >= 4 && !hasKilled.worker) kill("worker", processOf("corpus/worker"));
        if (blocks.length < 12 || hasKilled.driver) return;
        kill("driver", processOf("drivers/embed.py", path.join(out, "run.json")));
        for (const file of blocks) times.set(file, statSync(path.join(out, file)).mtimeMs);
      }, 10);
      const hasKilled = { worker: false, driver: false };
      const kill = (whom: "worker" | "driver", pid: number): void => {
        process.kill(pid, "SIGKILL");
        hasKilled[whom] = true;
      };
      const run = await embedCorpus(options).finally(() => clearInterval(strike));
      expect(hasKilled).toEqual({ worker: true, driver: true });
      expect(run.restarts).toHaveLength(1);
      expect(times.size).toBeGreaterThan(0);
      for (const [file, time] of times) expect(statSync(path.join(out, file)).mtimeMs).toBe(time); // what was there was left alone

      using encoder = await SentenceEncoder.load(model, { device: "cpu", threads: 1 });
      const expected = await encoder.encode(documents.map(({ body }) => body));
      const corpus = await EmbeddedCorpus.open(out);
      const store = await openStore({ kind: "memory", dimension: corpus.dimension });
      const ids: string[] = [];
      for await (const part of corpus.documents()) {
        for (const { id, vector, metadata } of part) {
          expect(metadata).toEqual({ number: ids.length });
          expect(Math.max(...vector.map((number, at) => Math.abs(number - expected.row(ids.length)[at]!)))).toBeLessThan(1e-5); // batches are padded otherwise
          ids.push(id);
        }
        await store.upsert(part);
      }
      expect(ids).toEqual(documents.map(({ key }) => key));
      expect(corpus.count).toBe(count);
      expect((await store.query({ vector: expected.row(117), topK: 1 }))[0]!.id).toBe("document-117");
      await store.close();

      await expect(embedCorpus(options)).rejects.toThrow(/resume: true/);
      await expect(embedCorpus({ ...options, resume: true, blockBytes: 4096 })).rejects.toThrow(/blockBytes differs/);
      expect((await embedCorpus({ ...options, resume: true })).written).toEqual([]);
    });
  });
};

const blocksOf = (folder: string): string[] =>
  (existsSync(folder) ? readdirSync(folder) : []).filter((name) => /^block-\d+\.safetensors$/.test(name));
