/** The optimizers against the live PyTorch: where random parameters are after random gradients, eager and compiled. */
import { beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { jit } from "../../kernel-helpers/tensor/index.ts";
import { answerQuestion, largestError, makeQuestion, optimizerCases, type OptimizerCase } from "../optim/torch-cases.ts";
import { askPeer } from "./ask-peer.ts";

/** An optimizer with options drawn at random, within what people use. */
function drawCase(seed: number): OptimizerCase {
  const random = createRandom(seed);
  const choose = <T>(items: readonly T[]): T => items[random.integer(items.length)]!;
  const kind = choose(["AdamW", "SGD", "Muon"] as const);
  const shared = { lr: 10 ** -(1 + 2 * random.next()), weight_decay: choose([0, 0.01, 0.1]) };
  const own: OptimizerCase["options"] = {
    AdamW: { betas: [choose([0, 0.8, 0.9]), choose([0.9, 0.99, 0.999])], eps: choose([1e-8, 1e-6]) },
    SGD: { momentum: choose([0, 0.5, 0.9]) },
    Muon: { momentum: choose([0.8, 0.95]), nesterov: choose([true, false]) },
  }[kind];
  const clip = choose([undefined, 0.1, 1, 100]);
  return { kind, options: { ...shared, ...own }, ...(clip !== undefined && { clip }) };
}

const questions = [...optimizerCases, ...Array.from({ length: 16 }, (_, seed) => drawCase(seed))].map((from, index) =>
  makeQuestion(from, 20, 100 + index),
);

describe("after 20 steps", () => {
  let answers: Record<string, number[]>[];
  beforeAll(() => {
    answers = askPeer("optim.py", questions) as typeof answers;
  });

  test.each(questions.map((question, index) => ({ ...question, question, index })))(
    "$kind with $options and a clip of $clip is where PyTorch is, eager and compiled",
    ({ question, index }) => {
      expect(largestError(answerQuestion(question), answers[index]!)).toBeLessThan(1e-4);
      expect(largestError(answerQuestion(question, jit), answers[index]!)).toBeLessThan(1e-4);
    },
  );
});
