import { describe, expect, test } from "vitest";
import { generate, generateBatch, GPT } from "../../kernel-helpers/llm/index.ts";
import { normal } from "../../kernel-helpers/tensor/index.ts";

/** A GPT whose logits differ enough for its texts to depend on what was read. */
function makeGpt(): GPT {
  const gpt = new GPT({ vocabularySize: 11, contextLength: 16, layers: 2, heads: 2, width: 8, seed: 3 });
  for (const [index, parameter] of Object.values(gpt.parameters()).entries())
    if (parameter.rank > 1) parameter.assign(normal(parameter.shape, { seed: index, std: 0.7 }));
  return gpt;
}

async function alone(gpt: GPT, prompt: readonly number[], maxNewTokens: number, seed: number): Promise<number[]> {
  const ids: number[] = [];
  for await (const id of generate(gpt, prompt, { maxNewTokens, seed })) ids.push(id);
  return ids;
}

describe("texts generated side by side", () => {
  const prompts = [[1], [2, 3, 4], [5, 6], [7, 8, 9, 10, 0, 1]];

  test("are those that are generated one by one, whatever their lengths", async () => {
    const gpt = makeGpt();
    const together = await generateBatch(gpt, prompts, { maxNewTokens: 9, seed: 5 });
    for (const [row, prompt] of prompts.entries()) expect(together[row]).toEqual(await alone(gpt, prompt, 9, 5 + row));
    expect(new Set(together.flat()).size).toBeGreaterThan(4);
  });

  test("end with the end's id, while the others go on", async () => {
    const gpt = makeGpt();
    const free = await generateBatch(gpt, prompts, { maxNewTokens: 9, seed: 5 });
    const endId = free[1]![2]!;
    const ended = await generateBatch(gpt, prompts, { maxNewTokens: 9, seed: 5, endId });
    ended.forEach((ids, row) => {
      const end = free[row]!.indexOf(endId);
      expect(ids).toEqual(end < 0 ? free[row] : free[row]!.slice(0, end + 1));
    });
  });

  test("hold no token that is forbidden", async () => {
    const constrain = (_row: number, ids: readonly number[], logits: Float32Array): void => {
      logits.forEach((_, id) => void (id % 2 === ids.length % 2 || (logits[id] = -Infinity)));
    };
    const texts = await generateBatch(makeGpt(), prompts, { maxNewTokens: 6, constrain });
    for (const ids of texts) expect(ids.map((id) => id % 2)).toEqual([0, 1, 0, 1, 0, 1]);
  });

  test("follow the model while it is trained", async () => {
    const gpt = makeGpt();
    const before = await generateBatch(gpt, prompts, { maxNewTokens: 9 });
    gpt.transformer.wpe.weight.assign(gpt.transformer.wpe.weight.mul(-1));
    const after = await generateBatch(gpt, prompts, { maxNewTokens: 9 });
    expect(after).not.toEqual(before);
    expect(after[3]).toEqual(await alone(gpt, prompts[3]!, 9, 3));
  });

  test("are refused without a prompt or without room", async () => {
    const gpt = makeGpt();
    await expect(generateBatch(gpt, [[]], { maxNewTokens: 3 })).rejects.toThrow("prompts[0] must be 1 to 13 ids");
    await expect(generateBatch(gpt, [[1, 2]], { maxNewTokens: 15 })).rejects.toThrow("prompts[0] must be 1 to 1 ids");
    await expect(generateBatch(gpt, [[11]], { maxNewTokens: 3 })).rejects.toThrow("prompts[0][0] must be ≥ 0 and < 11, got 11");
  });
});
