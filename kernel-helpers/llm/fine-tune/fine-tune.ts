/** Fine-tuning: a published model learns from examples, all of its weights or low-rank adapters beside them. */
import { AdamW, constant, linear, warmupCosine, type Schedule } from "../../optim/index.ts";
import { train, type TrainingRun } from "../../train/index.ts";
import { Llama } from "../llama/llama.ts";
import type { DecoderConfig } from "../decoder/config.ts";
import { withAdapters } from "./adapters.ts";
import { loadBase } from "./base.ts";
import { encodeExamples, type EncodedExample, type Example } from "./examples.ts";
import { FineTuned } from "./fine-tuned.ts";
import { checkFineTuneOptions, type CheckedOptions, type FineTuneOptions } from "./options.ts";
import { packedBatches, type PackedBatch } from "./pack.ts";
import { Adapters, WholeModel, type Trainee } from "./trainee.ts";

/** Rows are made this long where examples are shorter: longer rows waste less room, and attention costs more. */
const usualRow = 256;

/**
 * Teaches a model to answer as the examples do. Of a conversation the assistant's messages are learnt, with the token that ends each; of a prompt and
 * its completion, the completion. Examples share rows of one length, so that one graph serves all steps.
 *
 * @param model A name of the manifest, the path of a .gguf file, whose quantised numbers become float32, or a folder laid out as on the hub.
 * @throws {ArgumentError} An example or an option is not what it has to be, or nothing is learnt from an example.
 * @throws {UnavailableError} The model cannot be fetched, or its architecture cannot be trained.
 * @example
 * const tuned = await fineTune('SmolLM2-135M-Instruct', [{ messages: [
 *   { role: 'user', content: 'Where is the gate?' }, { role: 'assistant', content: '{"place": "gate"}' },
 * ] }], { rank: 8, epochs: 20 });
 * await tuned.save('adapter');
 * const model = await LanguageModel.load('SmolLM2-135M-Instruct', { adapter: 'adapter' });
 */
export async function fineTune(model: string, examples: readonly Example[], options: FineTuneOptions = {}): Promise<FineTuned> {
  const checked = checkFineTuneOptions(options);
  const { method, validation, signal } = checked;
  const base = await loadBase(model, method, signal);
  const encoded = encodeExamples("examples", examples, base);
  const held = validation && encodeExamples("validation", validation, base);
  const module = method === "full" ? new Llama(base.weights) : withAdapters(base.weights, checked);
  module.checkpointing = checked.gradientCheckpointing;
  const trainee = method === "full" ? new WholeModel(module) : new Adapters(module);
  const run = await trainOn(trainee, module.config, encoded, held, checked);
  trainee.finish();
  return new FineTuned(base, module, checked, run);
}

function trainOn(
  model: Trainee,
  { contextLength }: Readonly<DecoderConfig>,
  examples: readonly EncodedExample[],
  validation: readonly EncodedExample[] | undefined,
  options: CheckedOptions,
): Promise<TrainingRun> {
  const { batchTokens, packing, seed, accumulate, clip, weightDecay, device, show, onStep, onEvaluation, signal } = options;
  const rowLength = rowLengthFor([...examples, ...(validation ?? [])], contextLength, options);
  const batchSize = Math.max(1, Math.round(batchTokens / rowLength));
  const batches = packedBatches("examples", examples, { rowLength, batchSize, packing, seed });
  const steps = options.steps ?? (options.epochs ?? 1) * batches.length;
  const optimizer = new AdamW(model.parameters(), {
    learningRate: scheduleFor(options, steps),
    weightDecay,
    decay: (name, { rank }) => name === "numbers" || rank > 1, // adapters are matrices; of a whole model, norms and biases do not decay
  });
  return train({
    model,
    optimizer,
    loss: (trainee: Trainee, batch: PackedBatch) => trainee.loss(batch),
    batches,
    steps,
    clip,
    accumulate,
    device,
    show,
    ...(validation && {
      evaluate: {
        batches: packedBatches("validation", validation, { rowLength, batchSize, packing, seed: undefined }),
        every: options.evaluateEvery ?? Math.min(steps, batches.length),
        ...(options.patience !== undefined && { patience: options.patience }),
      },
    }),
    ...(onStep && { onStep }),
    ...(onEvaluation && { onEvaluation }),
    ...(signal && { signal }),
  });
}

/** The length of rows: that of the longest example, or more where several fit, in steps of 32. */
function rowLengthFor(
  examples: readonly EncodedExample[],
  modelLength: number,
  { contextLength, packing, batchTokens }: CheckedOptions,
): number {
  const longest = Math.max(...examples.map(({ ids }) => ids.length - 1));
  const wanted = Math.max(longest, packing ? Math.min(usualRow, batchTokens) : 1);
  return Math.min(contextLength, modelLength, Math.ceil(wanted / 32) * 32);
}

function scheduleFor({ schedule, learningRate }: CheckedOptions, steps: number): Schedule {
  const warmup = Math.min(10, Math.floor(steps / 10));
  if (schedule === "constant") return constant(learningRate);
  if (schedule === "linear") return linear({ from: learningRate, to: 0, steps, warmup });
  return warmupCosine({ peak: learningRate, warmup, steps });
}
