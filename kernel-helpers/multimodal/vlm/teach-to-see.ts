/** LLaVA's recipe (Liu et al. 2023, arXiv:2304.08485): first the projector learns alone, then the language model with it; the image tower stays as it is. */
import { UnavailableError } from "../../errors.ts";
import { loadBase, withAdapters, type AdapterSettings } from "../../llm/index.ts";
import { AdamW, warmupCosine } from "../../optim/index.ts";
import { checkArray, checkChoice, checkInstance, checkInteger, checkNumber, checkObject, checkOptions, checkText } from "../../runtime/check.ts";
import { train, type TrainingRun, type TrainOptions } from "../../train/index.ts";
import { Clip } from "../clip/clip.ts";
import { RgbImage } from "../images/rgb-image.ts";
import { lessonBatches, type Lesson } from "./lessons.ts";
import type { SeeingBatch } from "./rows.ts";
import { SeeingModel } from "./seeing-model.ts";
import { TaughtModel } from "./taught-model.ts";

export interface SeeingStage {
  lessons: readonly Lesson[];
  steps: number;
  /** `projector`: it alone, as when captions are to line up what is seen with words; `all`: low-rank adapters of the language model, too. */
  learns: "projector" | "all";
  /** The highest rate, after a short warm-up; it falls to a tenth as a cosine does. @default 2e-3 */
  learningRate?: number;
}

export interface TeachToSeeOptions extends Pick<TrainOptions<SeeingModel, SeeingBatch>, "show" | "onStep" | "signal"> {
  /** Its image tower sees; a token for each of its patches. */
  clip: Clip;
  stages: readonly SeeingStage[];
  /** Images of a step. @default 8 */
  batchSize?: number;
  /** Rank of the adapters. @default 16 */
  rank?: number;
  seed: number;
}

/**
 * Gives a language model eyes.
 *
 * @param name As LanguageModel.load takes it; the model has to know ChatML, as SmolLM2 and Qwen do.
 * @throws {ArgumentError} An option is unknown or out of range.
 * @throws {UnavailableError} The model cannot be fetched or trained, or does not know ChatML.
 * @example
 * const taught = await teachToSee('SmolLM2-135M-Instruct', { clip, seed: 1, stages: [
 *   { lessons: worldLessons(seen, { about: 'captions', count: 400, seed: 1 }), steps: 50, learns: 'projector' },
 *   { lessons: worldLessons(seen, { about: 'questions', count: 400, seed: 2 }), steps: 50, learns: 'all' },
 * ] })
 * await taught.save('eyes')
 * const model = await loadSeeingModel('eyes')
 */
export async function teachToSee(name: string, options: TeachToSeeOptions): Promise<TaughtModel> {
  checkText("name", name, { allowEmpty: false });
  checkOptions("teachToSee", options, ["clip", "stages", "batchSize", "rank", "seed", "show", "onStep", "signal"]);
  const { clip, stages, batchSize = 8, rank = 16, seed, ...rest } = options;
  checkInstance("clip", clip, Clip);
  checkInteger("batchSize", batchSize, { min: 1 });
  checkInteger("rank", rank, { min: 1 });
  checkInteger("seed", seed);
  checkArray("stages", stages, (at, stage) => checkStage(at, stage, batchSize), { allowEmpty: false });
  const base = await loadBase(name, "lora", options.signal);
  if (!base.tokenizer.specialTokens.has("<|im_end|>")) {
    throw new UnavailableError(`${name} does not know ChatML`, { hint: "take a model that does, such as SmolLM2-135M-Instruct", facts: { model: name } });
  }
  const settings: AdapterSettings | undefined = stages.some(({ learns }) => learns === "all")
    ? { rank, alpha: 2 * rank, dropout: 0, targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], seed }
    : undefined;
  const llama = withAdapters(base.weights, settings ?? { rank: 1, alpha: 1, dropout: 0, targets: [], seed });
  const model = new SeeingModel(llama, { imageWidth: clip.options.width, seed });
  const runs: TrainingRun[] = [];
  for (const [index, { lessons, steps, learns, learningRate = 2e-3 }] of stages.entries()) {
    const learnt = Object.entries(model.parameters()).filter(([parameter]) => learns === "all" || parameter.startsWith("projector."));
    const run = await train({
      model,
      optimizer: new AdamW(Object.fromEntries(learnt), {
        learningRate: warmupCosine({ peak: learningRate, warmup: Math.min(10, Math.ceil(steps / 10)), steps }),
        weightDecay: 0.01,
      }),
      loss: (m, batch) => m.loss(batch),
      batches: lessonBatches(lessons, { clip, tokenizer: base.tokenizer, batchSize, seed: seed + 1000 * index }),
      steps,
      clip: 1,
      ...rest,
    });
    runs.push(run);
  }
  return new TaughtModel({ base, clip, llama, model, settings, runs });
}

function checkStage(at: string, stage: unknown, batchSize: number): void {
  const { lessons, steps, learns, learningRate } = checkObject(at, stage, { hint: 'pass { lessons, steps, learns: "projector" }' });
  checkOptions(at, stage as object, ["lessons", "steps", "learns", "learningRate"]);
  const hint = "pass [{ image, turns: [{ question, answer }] }]";
  const checked = checkArray(`${at}.lessons`, lessons, (name, lesson) => {
    const { image, turns } = checkObject(name, lesson, { hint });
    checkInstance(`${name}.image`, image, RgbImage);
    checkArray(`${name}.turns`, turns, (where, turn) => {
      const { question, answer } = checkObject(where, turn, { hint });
      checkText(`${where}.question`, question);
      checkText(`${where}.answer`, answer, { allowEmpty: false });
    }, { allowEmpty: false }); // prettier-ignore
  });
  checkInteger(`${at}.lessons.length`, checked.length, { min: batchSize, hint: `a step takes ${batchSize}` });
  checkInteger(`${at}.steps`, steps, { min: 1 });
  checkChoice(`${at}.learns`, learns, ["projector", "all"]);
  if (learningRate !== undefined) checkNumber(`${at}.learningRate`, learningRate, { above: 0 });
}
