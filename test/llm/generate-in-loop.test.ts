/** Generation as a GPU does it, tokens drawn within the graph: here on the CPU, held to generateBatch and to the softmax. */
import { describe, expect, test } from "vitest";
import { generateBatch, GPT } from "../../kernel-helpers/llm/index.ts";
import { generateInLoop, type LoopOptions } from "../../kernel-helpers/llm/gpt/generate-in-loop.ts";
import { normal, tensor } from "../../kernel-helpers/tensor/index.ts";

function makeGpt(): GPT {
  const gpt = new GPT({ vocabularySize: 11, contextLength: 64, layers: 2, heads: 2, width: 8, seed: 3 });
  for (const [index, parameter] of Object.values(gpt.parameters()).entries())
    if (parameter.rank > 1) parameter.assign(normal(parameter.shape, { seed: index, std: 0.7 }));
  gpt.eval();
  return gpt;
}

const inLoop = (gpt: GPT, texts: number[][], options: Partial<LoopOptions>): Promise<number[][]> =>
  generateInLoop(
    gpt,
    texts,
    { device: "cpu", temperature: 1, topK: Infinity, maxNewTokens: 40, endId: undefined, seed: 1, ...options },
    new AbortController().signal,
  );

const prompts = [[1], [2, 3, 4], [5, 6], [7, 8, 9, 10, 0, 1]];

describe("texts generated in a loop", () => {
  test("are, without chance, those of generateBatch, over several runs, and follow the model when it changes", async () => {
    const gpt = makeGpt();
    const plain = (): Promise<number[][]> => generateBatch(gpt, prompts, { maxNewTokens: 40, temperature: 0 });
    const before = await plain();
    expect(await inLoop(gpt, prompts, { temperature: 0 })).toEqual(before);
    gpt.transformer.wpe.weight.assign(gpt.transformer.wpe.weight.mul(-1));
    const after = await plain();
    expect(after).not.toEqual(before);
    expect(await inLoop(gpt, prompts, { temperature: 0 })).toEqual(after);
  });

  test("end with the end's id", async () => {
    const gpt = makeGpt();
    const free = await inLoop(gpt, prompts, {});
    const endId = free[1]![2]!;
    const ended = await inLoop(gpt, prompts, { endId });
    expect(ended).toEqual(free.map((ids) => (ids.includes(endId) ? ids.slice(0, ids.indexOf(endId) + 1) : ids)));
  });

  test("draw each token as often as its probability says, and from the likeliest alone with topK", async () => {
    const gpt = makeGpt();
    const rows = 2000;
    const logits = gpt.forward(tensor([[4, 7]], { dtype: "int64" })).slice(0, -1);
    const counted = async (options: Partial<LoopOptions>): Promise<number[]> => {
      const drawn = (
        await inLoop(
          gpt,
          Array.from({ length: rows }, () => [4, 7]),
          { ...options, maxNewTokens: 1 },
        )
      ).flat();
      return Array.from({ length: 11 }, (_, id) => drawn.filter((other) => other === id).length / rows);
    };
    const expected = logits.div(2).softmax(-1).toArray() as number[];
    // Four standard deviations of a share among 2000.
    (await counted({ temperature: 2 })).forEach((share, id) => {
      const p = expected[id]!;
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / rows) + 1e-9);
    });
    const best = (logits.topK(3).indices.toArray() as number[]).toSorted((a, b) => a - b);
    const shares = await counted({ topK: 3, temperature: 2 });
    expect(shares.flatMap((share, id) => (share > 0 ? [id] : []))).toEqual(best);
  });

  test("are ended by the signal", async () => {
    const options = { device: "cpu", temperature: 1, topK: Infinity, maxNewTokens: 40, endId: undefined, seed: 1 } as const;
    await expect(generateInLoop(makeGpt(), prompts, options, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});

test("on a device other than the CPU options that it has not are refused", async () => {
  await expect(generateBatch(makeGpt(), prompts, { maxNewTokens: 3, topP: 0.9, device: "webgpu" })).rejects.toThrow(
    'topP must be left out, got 0.9\n  hint: tokens are drawn on the device by temperature and topK; or use device: "cpu"',
  );
});
