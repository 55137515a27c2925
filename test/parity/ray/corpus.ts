/** A corpus embedded on a real Ray cluster, with a worker, its actor and the driver killed in the middle, against the vectors of one process. */
import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  embedCorpus,
  type EmbeddedCorpus,
  type EmbedCorpusOptions,
  type EmbedCorpusRun,
  type RayAddress,
} from "../../../kernel-helpers/distributed/index.ts";
import { SentenceEncoder } from "../../../kernel-helpers/embeddings/index.ts";
import { openStore } from "../../../kernel-helpers/retrieval/index.ts";
import { blocksOf, victims, type Victim } from "./corpus-victims.ts";

const count = 160;
const model = "all-MiniLM-L6-v2";
const things = ["river", "engine", "violin", "harbour", "lantern", "orchard", "glacier"];
const documents = Array.from({ length: count }, (_, number) => ({
  key: `document-${number}`,
  body: `The ${number}th ${things[number % 7]} of the ${things[(number * 5 + 2) % 7]}, ${"and on ".repeat(number % 4)}`,
  number,
}));

/** Whom to kill, and once how many blocks are written. */
type Kills = Partial<Record<Victim, number>>;

/** Embeds, kills, and sees to it that what was there at the last blow was left alone. */
async function embedUnder(kills: Kills, options: EmbedCorpusOptions): Promise<EmbedCorpusRun> {
  const left = Object.entries(kills) as [Victim, number][];
  const times = new Map<string, number>();
  const strike = setInterval(() => {
    const blocks = blocksOf(options.folder);
    if (left.length === 0 || blocks.length < left[0]![1]) return;
    process.kill(victims[left.shift()![0]](options.folder), "SIGKILL");
    for (const file of blocks) times.set(file, statSync(path.join(options.folder, file)).mtimeMs);
  }, 10);
  const run = await embedCorpus(options).finally(() => clearInterval(strike));
  expect(left).toEqual([]);
  expect(times.size).toBeGreaterThan(0);
  for (const [file, time] of times) expect(statSync(path.join(options.folder, file)).mtimeMs).toBe(time);
  return run;
}

export const corpusTests = (cluster: () => RayAddress, folder: string): void => {
  const half = count / 2;
  const optionsOf = (name: string): EmbedCorpusOptions => {
    const files = [documents.slice(0, half), documents.slice(half)].map((part, index) => {
      const file = path.join(folder, `part-${index}.jsonl`);
      writeFileSync(file, part.map((document) => JSON.stringify(document)).join("\n") + (index === 0 ? "\n" : ""));
      return file;
    });
    const fields = { id: "key", text: "body", metadata: ["number"] };
    return { cluster: cluster(), model, files, folder: path.join(folder, name), fields, blockBytes: 512, memory: 4096 };
  };

  /** Each vector once, in the corpus' order, as one process makes it. */
  async function expectWhole(corpus: EmbeddedCorpus): Promise<void> {
    using encoder = await SentenceEncoder.load(model, { device: "cpu", threads: 1 });
    const expected = await encoder.encode(documents.map(({ body }) => body));
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
  }

  describe("a corpus", () => {
    test("has each vector once, as one process makes it, though a worker and the driver are killed", async () => {
      const options = optionsOf("vectors");
      const run = await embedUnder({ worker: 4, driver: 12 }, options);
      expect(run.restarts).toHaveLength(1);
      await expectWhole(run.corpus);

      await expect(embedCorpus(options)).rejects.toThrow(/resume: true/);
      await expect(embedCorpus({ ...options, resume: true, blockBytes: 4096 })).rejects.toThrow(/blockBytes differs/);
      expect((await embedCorpus({ ...options, resume: true })).written).toEqual([]);
    });

    test("has each vector once though Ray's actors are killed, and needs no other driver for it", async () => {
      const { corpus, restarts, written } = await embedUnder({ actor: 6 }, optionsOf("actors"));
      expect(restarts).toEqual([]);
      const files = written.map(({ file }) => file);
      expect(files.toSorted()).toEqual(corpus.manifest.blocks.map(({ file }) => file)); // each told once
      await expectWhole(corpus);
    });

    test("whose workers lack the device that was asked for ends at once, and says why", async () => {
      await expect(embedCorpus({ ...optionsOf("refused"), device: "cuda", dtype: "fp32" })).rejects.toMatchObject({
        code: "ERR_RAY",
        message: expect.stringMatching(/a worker cannot load the encoder: .*device cuda is not available/) as string,
      });
    });
  });
};
