/** A run with everything that has a state: random windows or orders, dropout, moments, a schedule, evaluations, a best model. */
import { AdamW, warmupCosine } from "../../kernel-helpers/optim/index.ts";
import { train, type TrainingRun } from "../../kernel-helpers/train/index.ts";
import { batchesOf, Net, squaredError } from "./models.ts";

export function resumable(
  folder: string | undefined,
  steps: number,
  { model = new Net(0.3), stopAfter }: { model?: Net; stopAfter?: number } = {},
): Promise<TrainingRun> {
  const controller = new AbortController();
  const optimizer = new AdamW(model.parameters(), { learningRate: warmupCosine({ peak: 0.01, warmup: 5, steps: 30 }) });
  return train({
    model,
    optimizer,
    loss: squaredError,
    batches: batchesOf(40, 16),
    steps,
    clip: 1,
    accumulate: 2,
    evaluate: { batches: batchesOf(20, 8, 2), every: 4 },
    ...(folder === undefined ? {} : { checkpoint: { folder, every: 5 }, resume: true }),
    signal: controller.signal,
    onStep: ({ step }) => step === stopAfter && controller.abort(),
    show: false,
  });
}
