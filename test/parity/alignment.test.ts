/** The losses of alignment on one batch, with their gradients and metrics, beside trl's trainers; PPO's, which trl no longer has, beside PyTorch. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  dpoLoss,
  grpoLoss,
  ppoLoss,
  rewardLoss,
  ScoreModel,
  sftLoss,
  tokenLogProbs,
  type DpoLossType,
  type LossType,
} from "../../kernel-helpers/alignment/index.ts";
import { GPT, Llama } from "../../kernel-helpers/llm/index.ts";
import type { Module } from "../../kernel-helpers/nn/index.ts";
import { parameter, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { saveModel, type MeasuredLoss } from "../../kernel-helpers/train/index.ts";
import { tinyLlama } from "../llm/tiny-llama.ts";
import { askPeer } from "./ask-peer.ts";
import { Draw } from "./draw.ts";

const config = { vocabularySize: 17, contextLength: 12, layers: 2, heads: 2, width: 8 };
const [B, T, start] = [4, 9, 3];

interface Answer {
  loss: number;
  metrics: Record<string, number>;
  gradients: Record<string, number[]>;
}

interface Case {
  question: object;
  ours: () => { loss: Tensor; metrics: Readonly<Record<string, Tensor>>; gradients: Record<string, Tensor> };
}

const draw = new Draw(7);
/** Large weights: with those that training begins with all losses would be much the same. */
function randomized<M extends Module>(model: M): M {
  return model.load(Object.fromEntries(Object.entries(model.parameters()).map(([name, { shape }]) => [name, draw.normal(shape).mul(0.4)])));
}
const [policy, reference] = [randomized(new GPT({ ...config, seed: 1 })), randomized(new GPT({ ...config, seed: 2 }))];
const scores = randomized(new ScoreModel(policy, { seed: 3 }));
/** Of Qwen 2's architecture, in which values have biases, too. */
const published = publishedModel();
function publishedModel(): Llama {
  const { config: sizes, parameters } = tinyLlama();
  const biases = [0, 1].map((layer) => [`model.layers.${layer}.self_attn.v_proj.bias`, parameter(draw.normal([32]))] as const);
  return randomized(new Llama({ config: sizes, parameters: { ...parameters, ...Object.fromEntries(biases) } }));
}
const ids = (): Tensor => draw.ids([B, T], config.vocabularySize - 2).add(2); // 0 is trl's padding
const near = (logProbs: Tensor): Tensor => logProbs.detach().add(draw.normal(logProbs.shape).mul(0.3));

/** Completions of 2 to 6 tokens after a prompt of 3: (B, T − 1). */
const mask = tensor(
  Array.from({ length: B }, (_, row) => Array.from({ length: T - 1 }, (_item, t) => (t >= start - 1 && t < start + 1 + row ? 1 : 0))),
);
const ofTokens = (whole: Tensor): unknown => whole.slice(null, [start - 1, T - 1]).toArray();
const withFirst = (part: Tensor): unknown =>
  part
    .pad([
      [0, 0],
      [1, 0],
    ])
    .to("int64")
    .toArray();

function compute(model: Module, loss: () => MeasuredLoss, more: Record<string, Tensor> = {}): ReturnType<Case["ours"]> {
  let found: MeasuredLoss | undefined;
  const [value, gradients] = valueAndGrad(() => (found = loss()).loss)({ ...model.parameters(), ...more });
  return { loss: value, metrics: found!.metrics, gradients };
}

function dpoCase(files: Files, lossType: DpoLossType, labelSmoothing: number): Case {
  const [chosen, rejected, beta] = [ids(), ids(), 0.3];
  const of = (model: GPT, text: Tensor): Tensor => tokenLogProbs(model.forward(text), text).mul(mask).sum(1);
  return {
    question: {
      do: "dpo",
      ...files,
      chosen: chosen.toArray(),
      rejected: rejected.toArray(),
      mask: [withFirst(mask), withFirst(mask)].flat(),
      beta,
      lossType,
      labelSmoothing,
    },
    ours: () =>
      compute(policy, () =>
        dpoLoss(
          {
            chosen: of(policy, chosen),
            rejected: of(policy, rejected),
            referenceChosen: of(reference, chosen),
            referenceRejected: of(reference, rejected),
            chosenLength: mask.sum(1),
            rejectedLength: mask.sum(1),
          },
          { beta, lossType, labelSmoothing },
        ),
      ),
  };
}

function grpoCase(files: Files, lossType: LossType, useBiasCorrectionKl = false, model: GPT | Llama = policy): Case {
  const options = { beta: 0.1, useBiasCorrectionKl, epsilon: 0.2, epsilonHigh: 0.3, lossType, maxCompletionLength: 8 };
  const text = ids();
  const now = tokenLogProbs(model.forward(text), text);
  const [old, other, advantages] = [near(now), near(now), draw.normal([B])];
  const question = {
    do: "grpo",
    ...files,
    ...options,
    ids: text.toArray(),
    start,
    mask: (ofTokens(mask) as number[][]).map((row) => row.map(Math.round)),
    old: ofTokens(old),
    other: ofTokens(other),
    advantages: advantages.toArray(),
  };
  const ours = (): MeasuredLoss =>
    grpoLoss({ logProbs: tokenLogProbs(model.forward(text), text), oldLogProbs: old, referenceLogProbs: other, advantages, mask }, options);
  return { question, ours: () => compute(model, ours) };
}

function ppoCase(files: Files): Case {
  const options = { cliprange: 0.15, cliprangeValue: 0.25, vfCoef: 0.3 };
  const text = ids();
  const old = near(tokenLogProbs(policy.forward(text), text));
  const [advantages, values, returns] = [0, 1, 2].map(() => draw.normal([B, T - 1])) as [Tensor, Tensor, Tensor];
  const oldValues = near(values);
  const question = {
    do: "ppo",
    ...files,
    ...options,
    ids: text.toArray(),
    mask: mask.toArray(),
    old: old.toArray(),
    advantages: advantages.toArray(),
    values: values.toArray(),
    oldValues: oldValues.toArray(),
    returns: returns.toArray(),
  };
  let found: MeasuredLoss | undefined;
  const ours = (): ReturnType<Case["ours"]> => {
    const all: Record<string, Tensor> = { ...policy.parameters(), values };
    const [loss, gradients] = valueAndGrad((given: Record<string, Tensor>) => {
      const logProbs = tokenLogProbs(policy.forward(text), text);
      found = ppoLoss({ logProbs, oldLogProbs: old, advantages, values: given["values"]!, oldValues, returns, mask }, options);
      return found.loss;
    })(all);
    return { loss, metrics: found!.metrics, gradients };
  };
  return { question, ours };
}

interface Files {
  config: object;
  file: string;
  reference: string;
}

describe("one update's loss, gradients and metrics", () => {
  const names = [
    "dpo sigmoid",
    "dpo hinge",
    "dpo ipo",
    "dpo robust",
    "grpo grpo",
    "grpo bnpo",
    "grpo dr_grpo",
    "grpo dapo",
    "grpo, its KL corrected",
    "grpo of a model of Qwen 2's architecture",
    "reward",
    "sft",
    "ppo",
  ];
  let folder: string;
  let cases: Case[];
  let answers: Answer[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cairn-alignment-"));
    const [file, other, scored] = ["policy", "reference", "scores"].map((name) => path.join(folder, `${name}.safetensors`)) as [
      string,
      string,
      string,
    ];
    const hub = path.join(folder, "published.safetensors");
    await Promise.all([saveModel(policy, file), saveModel(reference, other), saveModel(scores, scored), saveModel(published, hub)]);
    const { vocabSize, contextLength, width, layers, heads, numKeyValueHeads, headSize } = published.config;
    const sizes = { architecture: "qwen2", vocabularySize: vocabSize, contextLength, width, layers, heads, numKeyValueHeads, headSize };
    const files: Files = { config, file, reference: other };
    const [chosen, rejected, margin, text] = [ids(), ids(), draw.positive([B]), ids()];
    const last = tensor(
      Array.from({ length: B }, () => T - 1),
      { dtype: "int64" },
    );
    cases = [
      ...(["sigmoid", "hinge", "ipo"] as const).map((type) => dpoCase(files, type, 0)),
      dpoCase(files, "robust", 0.1),
      ...(["grpo", "bnpo", "dr_grpo", "dapo"] as const).map((type) => grpoCase(files, type)),
      grpoCase(files, "grpo", true),
      grpoCase({ config: { ...sizes, hidden: 48 }, file: hub, reference: other }, "grpo", false, published),
      {
        question: {
          do: "reward",
          config,
          file: scored,
          chosen: chosen.toArray(),
          rejected: rejected.toArray(),
          margin: margin.toArray(),
          centerRewardsCoefficient: 0.05,
        },
        ours: () =>
          compute(scores, () =>
            rewardLoss(
              { chosen: scores.scoreAt(chosen, last), rejected: scores.scoreAt(rejected, last), margin },
              { centerRewardsCoefficient: 0.05 },
            ),
          ),
      },
      {
        question: { do: "sft", ...files, ids: text.toArray(), mask: withFirst(mask) },
        ours: () => compute(policy, () => sftLoss({ logits: policy.forward(text), ids: text, mask })),
      },
      ppoCase(files),
    ];
    answers = askPeer(
      "alignment.py",
      cases.map(({ question }) => question),
    ) as Answer[];
  }, 900_000); // trl makes a trainer for each
  afterAll(() => rm(folder, { recursive: true }));

  test.each(names.map((name, index) => ({ name, index })))("are the peer's: $name", ({ index }) => {
    const [theirs, ours] = [answers[index]!, cases[index]!.ours()];
    expect(ours.loss.item()).toBeCloseTo(theirs.loss, 4);
    for (const [name, metric] of Object.entries(theirs.metrics))
      expect([name, ours.metrics[name]!.item().toFixed(3)]).toEqual([name, metric.toFixed(3)]);
    const largest = Math.max(...Object.values(theirs.gradients).flat().map(Math.abs));
    expect(largest).toBeGreaterThan(0.01);
    const mine = Object.fromEntries(Object.entries(ours.gradients).map(([name, gradient]) => [name.replace(/^gpt\./, ""), gradient]));
    expect(Object.keys(mine).toSorted()).toEqual(Object.keys(theirs.gradients).toSorted());
    for (const [name, gradient] of Object.entries(theirs.gradients)) {
      const distance = Math.max(...Array.from(mine[name]!.data as Float32Array, (number, place) => Math.abs(number - gradient[place]!)));
      expect([name, distance < 1e-4 * Math.max(1, largest)]).toEqual([name, true]);
    }
  });
});
