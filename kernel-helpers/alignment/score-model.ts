import { ShapeError } from "../errors.ts";
import { AdaptedModel, GPT } from "../llm/index.ts";
import { createRandom, Linear, Module, normalParameter } from "../nn/index.ts";
import { checkInstance, checkInteger, checkOptions } from "../runtime/check.ts";
import type { Tensor } from "../tensor/index.ts";

/** A GPT of its own with the same numbers: a reference that stays while the other learns. */
export function copyGpt(gpt: GPT): GPT {
  checkInstance("gpt", gpt, GPT);
  return new GPT(gpt.config).load(gpt.state()).eval();
}

/**
 * A language model with a head that scores each place of a text: a reward model reads the score of the last token, a value head those before each token. It begins
 * with the numbers of the model (or of another score model) that it is made from, as in Stiennon et al. 2020 (arXiv:2009.01325). Made from an AdaptedModel it
 * shares the base, and has adapters of its own.
 *
 * @example
 * const rewardModel = new ScoreModel(gpt, { seed: 1 });
 * rewardModel.forward(ids) // (B, T)
 */
export class ScoreModel extends Module {
  readonly gpt: GPT | AdaptedModel;
  /** As in transformers' sequence classifiers; std 1 / √(width + 1) at first. */
  readonly score: Linear;

  constructor(from: GPT | AdaptedModel | ScoreModel, options: { seed?: number } = {}) {
    super();
    checkOptions("ScoreModel", options, ["seed"]);
    const { seed = 0 } = options;
    checkInteger("seed", seed);
    const isScored = from instanceof ScoreModel;
    const model = isScored ? from.gpt : from;
    this.gpt = model instanceof AdaptedModel ? model.copy() : copyGpt(model);
    const { width } = this.gpt.config;
    const weight = normalParameter([1, width], 1 / Math.sqrt(width + 1), createRandom(seed));
    if (isScored) weight.assign(from.score.weight);
    this.score = new Linear(width, 1, { weight, bias: false });
  }

  /** Ids (B, T) → scores (B, T), each of the text up to there. */
  forward(ids: Tensor): Tensor {
    if (this.gpt instanceof AdaptedModel) return this.score.forward(this.gpt.hidden(ids)).squeeze(-1);
    const [B, T] = ids.shape as [number, number];
    return this.score.forward(this.gpt.transformer.forward(ids)).reshape([T, B]).T;
  }

  /** Scores of whole texts: ids (B, T), and the place of each one's last token, (B) int64 → (B). */
  scoreAt(ids: Tensor, last: Tensor): Tensor {
    if (last.rank !== 1 || last.shape[0] !== ids.shape[0]) {
      throw new ShapeError(`last (${last.shape.join(", ")}) is not one place for each of ${ids.shape[0]} texts`, {
        hint: "pass (B) int64",
      });
    }
    return this.forward(ids).gather(1, last.unsqueeze(1)).squeeze(1);
  }
}
