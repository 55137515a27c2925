/** Texts that share a model, and come and go as they like, are those that each would be alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClosedError } from "../../../kernel-helpers/errors.ts";
import { Context } from "../../../kernel-helpers/llm/generation/context.ts";
import { checkGeneration } from "../../../kernel-helpers/llm/generation/options.ts";
import { Scheduler } from "../../../kernel-helpers/llm/generation/scheduler.ts";
import { streamParts } from "../../../kernel-helpers/llm/generation/stream-parts.ts";
import { Decoder, type GenerationOptions, type Part } from "../../../kernel-helpers/llm/index.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";
import { constraints, endId, tokenizer, vocabSize } from "../constrain/random-text.ts";
import { writeTinyModel } from "../tiny-model.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-scheduler-"));
let file: string;
let alone: Context;
beforeAll(async () => {
  file = await writeTinyModel(folder, "model", { vocabulary: vocabSize, contextLength: 512 });
  alone = new Context("alone", await Decoder.load(file, { threads: 1 }));
});
afterAll(async () => {
  await alone.close();
  rmSync(folder, { recursive: true });
});

const optionsOf = (options: GenerationOptions) => ({
  ...checkGeneration({ maxNewTokens: 30, ...options }, vocabSize),
  constraint: constraints.of(options),
  tokenizer,
  endIds: new Set([endId, 17]),
});

/** The texts of parts, without what was spared by a cache. */
async function read(parts: AsyncIterable<Part>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const part of parts) {
    all.push(part.type === "finish" ? [part.reason, part.usage.promptTokens, part.usage.newTokens] : part);
  }
  return all;
}

const readAlone = (ids: readonly number[], options: GenerationOptions): Promise<unknown[]> =>
  read(streamParts(alone, ids, { ...optionsOf(options), draft: undefined }));

async function open(options: Partial<Parameters<typeof Scheduler.open>[1]> = {}): Promise<Scheduler & { model: Context }> {
  const model = new Context("shared", await Decoder.load(file, { threads: 1 }));
  const scheduler = await Scheduler.open(model, { slots: 4, slotTokens: 300, prefixTokens: 1024, piecesPerStep: 1, ...options });
  return Object.assign(scheduler, { model });
}

/** Ids of prompts of which some begin alike. */
const random = createRandom(7);
const someIds = (length: number): number[] => Array.from({ length }, () => random.integer(vocabSize - 20));
const [system, other] = [someIds(130), someIds(70)];
const prompts = [
  someIds(3),
  [...system, ...someIds(5)],
  someIds(200),
  [...system, ...someIds(40)],
  [...other, 1],
  [...system.slice(0, 100), 2],
  someIds(64),
  someIds(128),
];
const kinds: GenerationOptions[] = [
  { temperature: 0 },
  { temperature: 0.8, seed: 3, topK: 20 },
  { temperature: 0, repetitionPenalty: 1.5 },
  { schema: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] }, seed: 2 },
  { temperature: 1, seed: 9, logProbs: 2, maxNewTokens: 7 },
  { temperature: 0, stop: ["e", "的"] },
];

describe("a scheduler", () => {
  test.each([0, 256, 4096])(
    "gives each text what it has alone, whatever texts come and go (%d tokens of prompts kept)",
    async (prefixTokens) => {
      const scheduler = await open({ prefixTokens });
      const requests = Array.from({ length: 24 }, (_, index) => ({
        ids: prompts[(index * 5) % prompts.length]!,
        options: kinds[index % kinds.length]!,
      }));
      const found = await Promise.all(
        requests.map(async ({ ids, options }, index) => {
          await setTimeout((index * 37) % 90);
          return read(scheduler.stream(ids, options.maxNewTokens ?? 30, optionsOf(options)));
        }),
      );
      for (const [index, { ids, options }] of requests.entries()) expect(found[index]).toEqual(await readAlone(ids, options));
      const { steps, newTokens, cachedTokens, active, waiting, prefixTokens: kept } = scheduler.activity;
      expect(newTokens / steps).toBeGreaterThan(1.5); // they did grow side by side
      expect({ active, waiting }).toEqual({ active: 0, waiting: 0 });
      expect(kept).toBeLessThanOrEqual(prefixTokens);
      if (prefixTokens === 4096) expect(cachedTokens).toBeGreaterThan(8 * 128);
      await scheduler.close();
      await scheduler.model.close();
    },
  );

  test("spares what prompts have in common, in whole pieces of 64 tokens", async () => {
    const scheduler = await open();
    const spared: number[] = [];
    for (const ids of [prompts[1]!, prompts[2]!, prompts[3]!, prompts[5]!, prompts[7]!, prompts[7]!]) {
      for await (const part of scheduler.stream(ids, 1, optionsOf({ temperature: 0 }))) {
        if (part.type === "finish") spared.push(part.usage.cachedTokens);
      }
    }
    expect(spared).toEqual([0, 0, 128, 64, 0, 64]); // of 128 tokens the last piece is read again, for its logits
    await scheduler.close();
    await scheduler.model.close();
  });

  test("frees the place of a text that nobody reads on, and of one whose signal is aborted", async () => {
    const scheduler = await open({ slots: 2 });
    const controller = new AbortController();
    const aborted = read(scheduler.stream(prompts[0]!, 200, optionsOf({ temperature: 1, signal: controller.signal, maxNewTokens: 200 })));
    for await (const part of scheduler.stream(prompts[1]!, 150, optionsOf({ temperature: 1, maxNewTokens: 150 }))) {
      if (part.type === "text") break; // the reader has gone
    }
    controller.abort(new Error("the client has gone"));
    await expect(aborted).rejects.toThrow("the client has gone");
    const texts = await Promise.all([0, 1, 2].map((index) => read(scheduler.stream(prompts[index]!, 30, optionsOf({ temperature: 0 })))));
    for (const [index, text] of texts.entries()) expect(text).toEqual(await readAlone(prompts[index]!, { temperature: 0 }));
    expect(scheduler.activity).toMatchObject({ active: 0, waiting: 0 });
    await scheduler.close();
    await scheduler.model.close();
  });

  test("reads a long prompt in pieces, between which the others go on", async () => {
    const scheduler = await open();
    const order: string[] = [];
    const follow = async (name: string, ids: readonly number[], most: number): Promise<void> => {
      for await (const part of scheduler.stream(ids, most, optionsOf({ temperature: 0, logProbs: 0 })))
        if (part.type === "token") order.push(name);
    };
    const short = follow("short", prompts[0]!, 12);
    while (order.length === 0) await setTimeout(1);
    await Promise.all([short, follow("long", prompts[2]!, 1)]); // four pieces
    expect(order.slice(0, order.indexOf("long")).length).toBeGreaterThanOrEqual(4);
    await scheduler.close();
    await scheduler.model.close();
  });

  test("fails what is under way when it is closed, and what comes afterwards", async () => {
    const scheduler = await open();
    const parts = scheduler.stream(prompts[0]!, 200, optionsOf({ temperature: 1, maxNewTokens: 200 }));
    await parts.next();
    await scheduler.close();
    await expect(read(parts)).rejects.toThrow(ClosedError);
    await expect(read(scheduler.stream([1], 1, optionsOf({})))).rejects.toThrow(ClosedError);
    expect(() => scheduler.model.claim()[Symbol.dispose]()).not.toThrow(); // the model is free again
    await scheduler.model.close();
  });
});
