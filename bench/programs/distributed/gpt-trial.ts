/** A GPT that reads bytes, of one width and at one learning rate: a point of notebook 06's plot of loss by size. */
import { loadCorpus } from "../../../kernel-helpers/data/index.ts";
import type { Metrics } from "../../../kernel-helpers/distributed/index.ts";
import { GPT } from "../../../kernel-helpers/llm/index.ts";
import { AdamW } from "../../../kernel-helpers/optim/index.ts";
import { parallelStep, tokenBatches, type TokenBatch } from "../../../kernel-helpers/train/index.ts";

export interface TrialConfig {
  width: number;
  learningRate: number;
  /** Steps of training between two reports. */
  every: number;
}

/** Yields the mean loss of the steps since the last report, on text that had not been seen before. */
export default async function* trial({ width, learningRate, every }: TrialConfig): AsyncGenerator<Metrics, void> {
  const { train } = await loadCorpus("moby-dick");
  const ids = Uint32Array.from(Buffer.from(train));
  const batches = tokenBatches(ids, { batchSize: 12, contextLength: 64, seed: 1 });
  const step = parallelStep({
    model: new GPT({ vocabularySize: 256, contextLength: 64, layers: 2, heads: 4, width, seed: 1 }),
    optimizer: (parameters) => new AdamW(parameters, { learningRate }),
    loss: (model, { inputs, targets }: TokenBatch) => model.loss(inputs, targets),
    threads: 1,
    clip: 1,
  });
  for (let index = 0; ;) {
    let sum = 0;
    for (let done = 0; done < every; done++, index++) {
      const { loss, gradient } = step.gradients(batches.at(index), { index: 0, count: 1 });
      step.update(gradient, Math.sqrt(gradient.reduce((squares, number) => squares + number * number, 0)));
      sum += loss;
    }
    yield { bitsPerByte: sum / every / Math.LN2, step: index };
  }
}
