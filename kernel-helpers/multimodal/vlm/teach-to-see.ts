/** LLaVA's recipe (Liu et al. 2023, arXiv:2304.08485): first the projector learns, then adapters of the language model, alone or with it; the image tower stays as it is. */
import { ArgumentError, UnavailableError } from "../../errors.ts";
import { loadBase, withAdapters, type AdapterSettings } from "../../llm/index.ts";
import type { Module } from "../../nn/index.ts";
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
import { tellingTokens, WordFinder } from "./word-finder.ts";

export interface SeeingStage {
  lessons: readonly Lesson[];
  steps: number;
  /**
   * `words`: the projector, to say of each place of an image which of an answer's words belong there, in the language model's own embeddings, without running it: a cheap
   * start. `projector`: it alone, through the language model; `adapters`: low-rank adapters of the language model alone; `all`: both.
   */
  learns: "words" | "projector" | "adapters" | "all";
  /** Images per step. @default 8, and 64 for words */
  batchSize?: number;
  /** The highest rate, after a short warm-up; it falls to a tenth as a cosine does. @default 1e-3, and 2e-3 for words */
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
 *   { lessons: worldLessons(seen, { about: 'captions', count: 3000, seed: 1 }), steps: 1200, learns: 'words' },
 *   { lessons: worldLessons(seen, { about: 'questions', count: 400, seed: 2 }), steps: 100, batchSize: 4, learns: 'adapters' },
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
  const late = stages.findIndex(({ learns }, at) => learns === "words" && stages.slice(0, at).some((before) => before.learns !== "words"));
  if (late > 0) {
    throw new ArgumentError(`stages[${late}] learns words, and would undo what the projector has learnt before`, {
      hint: "put stages of words first",
    });
  }
  const base = await loadBase(name, "lora", options.signal);
  if (!base.tokenizer.specialTokens.has("<|im_end|>")) {
    throw new UnavailableError(`${name} does not know ChatML`, {
      hint: "take a model that does, such as SmolLM2-135M-Instruct",
      facts: { model: name },
    });
  }
  const settings: AdapterSettings | undefined = stages.some(({ learns }) => learns === "all" || learns === "adapters")
    ? { rank, alpha: 2 * rank, dropout: 0, targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], seed }
    : undefined;
  const llama = withAdapters(base.weights, settings ?? { rank: 1, alpha: 1, dropout: 0, targets: [], seed });
  const model = new SeeingModel(llama, { imageWidth: clip.options.width, seed });
  const runs: TrainingRun[] = [];
  for (const [index, { lessons, steps, learns, batchSize = batchSizeFor(learns), learningRate = rateFor(learns) }] of stages.entries()) {
    const adamFor = (module: Module, isLearnt = (_name: string): boolean => true): AdamW =>
      new AdamW(Object.fromEntries(Object.entries(module.parameters()).filter(([parameter]) => isLearnt(parameter))), {
        learningRate: warmupCosine({ peak: learningRate, warmup: Math.min(10, Math.ceil(steps / 10)), steps }),
        weightDecay: 0.01,
      });
    const plan = {
      batches: lessonBatches(lessons, { clip, tokenizer: base.tokenizer, batchSize, seed: seed + 1000 * index }),
      steps,
      clip: 1,
      ...rest,
    };
    if (learns === "words") {
      const answers = lessons.map(({ turns }) => turns.flatMap(({ answer }) => [...base.tokenizer.encode(answer)]));
      const words = tellingTokens(answers);
      if (words.length === 0) {
        throw new ArgumentError(`no word of the answers in stages[${index}].lessons tells one image from another`, {
          hint: "pass captions of different images",
        });
      }
      const finder = new WordFinder(model.projector, words, { seed });
      runs.push(await train({ ...plan, model: finder, optimizer: adamFor(finder), loss: (m, batch) => m.loss(batch) }));
      finder.teach(model.projector, llama);
      continue;
    }
    const optimizer = adamFor(model, (parameter) => learns === "all" || parameter.startsWith(`${learns}.`));
    runs.push(await train({ ...plan, model, optimizer, loss: (m, batch) => m.loss(batch) }));
  }
  return new TaughtModel({ base, clip, llama, model, settings, runs });
}

const rateFor = (learns: SeeingStage["learns"]): number => (learns === "words" ? 2e-3 : 1e-3);
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
  checkChoice(`${at}.learns`, learns, ["words", "projector", "adapters", "all"]);
  if (learningRate !== undefined) checkNumber(`${at}.learningRate`, learningRate, { above: 0 });
}
