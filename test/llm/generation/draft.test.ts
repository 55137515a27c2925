/** With whatever draft, the text is that of the model alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context } from "../../../kernel-helpers/llm/generation/context.ts";
import { guessByLookup } from "../../../kernel-helpers/llm/generation/draft.ts";
import { checkGeneration } from "../../../kernel-helpers/llm/generation/options.ts";
import { streamParts, type Request } from "../../../kernel-helpers/llm/generation/stream-parts.ts";
import { Decoder, type GenerationOptions, type Usage } from "../../../kernel-helpers/llm/index.ts";
import { constraints, tokenizer, vocabSize } from "../constrain/random-text.ts";
import { writeTinyModel } from "../tiny-model.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-draft-"));
let model: Context;
let similar: Context;
let unlike: Context;
beforeAll(async () => {
  const open = async (name: string, seed: number, noise: number): Promise<Context> =>
    new Context(name, await Decoder.load(await writeTinyModel(folder, name, { vocabulary: vocabSize, seed, noise }), { threads: 1 }));
  [model, similar, unlike] = [await open("model", 1, 0), await open("similar", 1, 0.01), await open("unlike", 2, 0)];
});
afterAll(async () => {
  for (const context of [model, similar, unlike]) await context.close();
  rmSync(folder, { recursive: true });
});

async function idsOf(options: GenerationOptions, draft?: Request["draft"]): Promise<{ ids: number[]; usage: Usage }> {
  const checked = checkGeneration({ maxNewTokens: 90, logProbs: 0, ...options }, vocabSize);
  const ids: number[] = [];
  const prompt = [...tokenizer.encode("the quick brown fox the quick brown fox")];
  for await (const part of streamParts(model, prompt, {
    ...checked,
    draft,
    constraint: constraints.of(options),
    tokenizer,
    endIds: new Set(),
  })) {
    if (part.type === "token") ids.push(part.id);
    if (part.type === "finish") return { ids, usage: part.usage };
  }
  throw new Error("no end");
}

describe.each<[string, GenerationOptions]>([
  ["the likeliest tokens", { temperature: 0 }],
  ["tokens drawn by a seed", { temperature: 0.4, topP: 0.9, seed: 3 }],
  ["a repetition penalty", { temperature: 0.3, repetitionPenalty: 1.1, seed: 1 }],
  ["a grammar", { temperature: 0.5, grammar: 'root ::= ("the " | "quick ")+', seed: 2 }],
])("with %s", (_, options) => {
  test("the text is the same with a draft as without", async () => {
    const { ids, usage } = await idsOf(options);
    expect(usage.draftTokens).toBeUndefined();
    expect(ids.length).toBeGreaterThan(70);
    for (const draft of ["lookup", similar, unlike] as const) {
      for (const draftTokens of [1, 5]) {
        const drafted = await idsOf({ ...options, draftTokens }, draft);
        expect(drafted.ids).toEqual(ids);
        expect(drafted.usage.newTokens).toBe(ids.length);
        expect(drafted.usage.acceptedTokens!).toBeLessThanOrEqual(drafted.usage.draftTokens!);
      }
    }
  });
});

test("a draft like the model guesses most tokens, another one few", async () => {
  const share = async (draft: Context): Promise<number> => {
    const { usage } = await idsOf({ temperature: 0 }, draft);
    return usage.acceptedTokens! / usage.draftTokens!;
  };
  expect(await share(similar)).toBeGreaterThan(0.6);
  expect(await share(unlike)).toBeLessThan(0.3);
});

describe("looked up is", () => {
  const { signal } = new AbortController();
  test.each<[string, number[], number, number[]]>([
    ["what followed the same tokens the last time", [1, 2, 3, 4, 9, 1, 2, 3, 5, 9, 2, 3], 2, [5, 9]],
    ["what followed the longest ending that came before", [7, 1, 2, 3, 8, 2, 3, 4, 1, 2, 3], 1, [8]],
    ["nothing where the ending is new", [1, 2, 3], 4, []],
    ["nothing after one token", [1], 4, []],
    ["up to the end of the text", [5, 6, 5, 6], 8, [5, 6]],
  ])("%s", async (_, seen, most, expected) => {
    expect(await guessByLookup(seen, most, signal)).toEqual(expected);
  });
});
