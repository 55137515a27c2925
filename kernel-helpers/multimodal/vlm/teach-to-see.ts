/** LLaVA's recipe (Liu et al. 2023, arXiv:2304.08485): first the projector learns alone, then adapters of the language model with it; the image tower stays as it is. */
import { UnavailableError } from "../../errors.ts";
import { loadBase, withAdapters, type AdapterSettings } from "../../llm/index.ts";
import { AdamW, warmupCosine } from "../../optim/index.ts";
import {
  checkArray,
  checkChoice,
  checkInstance,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkText,
} from "../../runtime/check.ts";
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
  /**
   * `words`: the projector, to give the embeddings of an answer's words in the mean of an image's tokens, without running the language model: a cheap start;
   * `projector`: it alone, through the language model; `all`: low-rank adapters of the language model, too.
   */
  learns: "words" | "projector" | "all";
  /** Images per step. @default 8, and 64 for words */
  batchSize?: number;
  /** The highest rate, after a short warm-up; it falls to a tenth as a cosine does. @default 2e-3 */
  learningRate?: number;
}

export interface TeachToSeeOptions extends Pick<TrainOptions<SeeingModel, SeeingBatch>, "show" | "onStep" | "signal"> {
  /** Its image tower sees; a token for each of its patches. */
  clip: Clip;
  stages: readonly SeeingStage[];
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
 *   { lessons: worldLessons(seen, { about: 'captions', count: 1000, seed: 1 }), steps: 200, learns: 'words' },
 *   { lessons: worldLessons(seen, { about: 'questions', count: 400, seed: 2 }), steps: 50, learns: 'all' },
 * ] })
 * await taught.save('eyes')
 * const model = await loadSeeingModel('eyes')
 */
export async function teachToSee(name: string, options: TeachToSeeOptions): Promise<TaughtModel> {
  checkText("name", name, { allowEmpty: false });
  checkOptions("teachToSee", options, ["clip", "stages", "rank", "seed", "show", "onStep", "signal"]);
  const { clip, stages, rank = 16, seed, ...rest } = options;
  checkInstance("clip", clip, Clip);
  checkInteger("rank", rank, { min: 1 });
  checkInteger("seed", seed);
  checkArray("stages", stages, checkStage, { allowEmpty: false });
  const base = await loadBase(name, "lora", options.signal);
  if (!base.tokenizer.specialTokens.has("<|im_end|>")) {
    throw new UnavailableError(`${name} does not know ChatML`, {
      hint: "take a model that does, such as SmolLM2-135M-Instruct",
      facts: { model: name },
    });
  }
  const settings: AdapterSettings | undefined = stages.some(({ learns }) => learns === "all")
    ? { rank, alpha: 2 * rank, dropout: 0, targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], seed }
    : undefined;
  const llama = withAdapters(base.weights, settings ?? { rank: 1, alpha: 1, dropout: 0, targets: [], seed });
  const model = new SeeingModel(llama, { imageWidth: clip.options.width, seed });
  const runs: TrainingRun[] = [];
  for (const [index, { lessons, steps, learns, batchSize = batchSizeFor(learns), learningRate = 2e-3 }] of stages.entries()) {
    const learnt = Object.entries(model.parameters()).filter(([parameter]) => learns === "all" || parameter.startsWith("projector."));
    const run = await train({
      model,
      optimizer: new AdamW(Object.fromEntries(learnt), {
        learningRate: warmupCosine({ peak: learningRate, warmup: Math.min(10, Math.ceil(steps / 10)), steps }),
        weightDecay: 0.01,
      }),
      loss: (m, batch) => (learns === "words" ? m.wordsLoss(batch) : m.loss(batch)),
      batches: lessonBatches(lessons, { clip, tokenizer: base.tokenizer, batchSize, seed: seed + 1000 * index }),
      steps,
      clip: 1,
      ...rest,
    });
    runs.push(run);
  }
  return new TaughtModel({ base, clip, llama, model, settings, runs });
}

const batchSizeFor = (learns: unknown): number => (learns === "words" ? 64 : 8);

function checkStage(at: string, stage: unknown): void {
  const {
    lessons,
    steps,
    learns,
    learningRate,
    batchSize = batchSizeFor(stage && (stage as SeeingStage).learns),
  } = checkObject(at, stage, { hint: 'pass { lessons, steps, learns: "projector" }' });
  checkOptions(at, stage as object, ["lessons", "steps", "learns", "learningRate", "batchSize"]);
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
  const least = checkInteger(`${at}.batchSize`, batchSize, { min: 1 });
  checkInteger(`${at}.lessons.length`, checked.length, { min: least, hint: `a step takes ${least}` });
  checkInteger(`${at}.steps`, steps, { min: 1 });
  checkChoice(`${at}.learns`, learns, ["words", "projector", "all"]);
  if (learningRate !== undefined) checkNumber(`${at}.learningRate`, learningRate, { above: 0 });
}
