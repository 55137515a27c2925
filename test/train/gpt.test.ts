import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { generate, GPT } from "../../kernel-helpers/llm/index.ts";
import { AdamW, warmupCosine } from "../../kernel-helpers/optim/index.ts";
import { crossEntropy, tensor } from "../../kernel-helpers/tensor/index.ts";
import { evaluate, loadModel, saveModel, tokenBatches, train, type Loss, type TokenBatch } from "../../kernel-helpers/train/index.ts";

const config = { vocabularySize: 27, contextLength: 16, layers: 2, heads: 2, width: 32, dropout: 0.1, seed: 1 };
const text = "the quick brown fox jumps over the lazy dog ".repeat(30);
const ids = Array.from(text, (letter) => (letter === " " ? 26 : letter.charCodeAt(0) - 97));
const loss: Loss<GPT, TokenBatch> = (gpt, { inputs, targets }) => crossEntropy(gpt.forward(inputs), targets);

test("a GPT begins by knowing nothing, learns a sentence by heart, and is the same when it is read from its file", async () => {
  const gpt = new GPT(config);
  const validation = tokenBatches(ids, { batchSize: 16, contextLength: 16, windows: "in order" });
  expect((await evaluate({ model: gpt, loss, batches: validation })).loss).toBeCloseTo(Math.log(27), 1);

  const run = await train({
    model: gpt,
    optimizer: new AdamW(gpt.parameters(), { learningRate: warmupCosine({ peak: 1e-2, warmup: 10, steps: 200 }), betas: [0.9, 0.99] }),
    loss,
    batches: tokenBatches(ids, { batchSize: 8, contextLength: 16, seed: 1 }),
    steps: 200,
    clip: 1,
    accumulate: 2,
    evaluate: { batches: validation, every: 100 },
    show: false,
  });
  expect(run.history.evaluations.loss.at(-1)).toBeLessThan(0.15); // what comes after "the " at the start of a window cannot be known
  const begun = ids.slice(0, 16);
  const continued: number[] = [];
  for await (const id of generate(gpt, begun, { maxNewTokens: 44, temperature: 0 })) continued.push(id);
  expect(continued).toEqual(ids.slice(16, 60));

  const folder = await mkdtemp(path.join(tmpdir(), "gpt-"));
  try {
    await saveModel(gpt, path.join(folder, "model.safetensors"));
    const other = await loadModel(new GPT({ ...config, seed: 2 }), path.join(folder, "model.safetensors"));
    const input = tensor([begun], { dtype: "int64" });
    expect(other.eval().forward(input).data).toEqual(gpt.eval().forward(input).data);
  } finally {
    await rm(folder, { recursive: true });
  }
});
