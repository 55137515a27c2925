/** Optimizers in PyTorch's words and in ours: what the fixtures are recorded with, and what the parity suite asks the live PyTorch. */
import { AdamW, clipByGlobalNorm, Muon, SGD, type Optimizer, type NamedParameters } from "../../kernel-helpers/optim/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { parameter, tensor, type Tensor } from "../../kernel-helpers/tensor/index.ts";

export interface OptimizerCase {
  kind: "AdamW" | "SGD" | "Muon";
  /** torch's arguments. */
  options: Record<string, number | boolean | number[]>;
  clip?: number;
}

export interface OptimizerQuestion extends OptimizerCase {
  parameters: Record<string, { shape: number[]; values: number[] }>;
  gradients: Record<string, number[]>[];
}

export const optimizerCases: readonly OptimizerCase[] = [
  { kind: "AdamW", options: { lr: 1e-3 } },
  { kind: "AdamW", options: { lr: 0.02, betas: [0.8, 0.95], eps: 1e-3, weight_decay: 0.3 } },
  { kind: "AdamW", options: { lr: 0.01, betas: [0, 0.9], weight_decay: 0 }, clip: 0.5 },
  { kind: "SGD", options: { lr: 0.05, weight_decay: 0 } },
  { kind: "SGD", options: { lr: 0.05, momentum: 0.9, weight_decay: 0.1 } },
  { kind: "SGD", options: { lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 0.1 } },
  { kind: "Muon", options: { lr: 0.02, weight_decay: 0.1 } },
  { kind: "Muon", options: { lr: 0.02, weight_decay: 0, momentum: 0.8, nesterov: false } },
];

/** A case with random parameters, a wide and a tall matrix among them, and random gradients for the steps. */
export function makeQuestion(from: OptimizerCase, steps: number, seed: number): OptimizerQuestion {
  const random = createRandom(seed);
  const size = (): number => 1 + random.integer(6);
  const shapes: Record<string, number[]> = { wide: [size(), 7 + size()], tall: [7 + size(), size()], bias: [size()], gain: [size()] };
  const draw = (shape: number[]): number[] =>
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.round(random.normal() * 1000) / 1000);
  const map = <T>(change: (shape: number[]) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, change(shape)]));
  return {
    ...from,
    parameters: map((shape) => ({ shape, values: draw(shape) })),
    gradients: Array.from({ length: steps }, () => map(draw)),
  };
}

type Run = (step: (gradients: Record<string, Tensor>) => void) => (gradients: Record<string, Tensor>) => void;

/** The parameters after all steps of ours; `run` may compile the step. */
export function answerQuestion(question: OptimizerQuestion, run: Run = (step) => step): Record<string, number[]> {
  const shaped = (name: string, values: number[]): Tensor => tensor(Float32Array.from(values), { shape: question.parameters[name]!.shape });
  const parameters = Object.fromEntries(
    Object.entries(question.parameters).map(([name, { values }]) => [name, parameter(shaped(name, values))]),
  );
  const optimizer = makeOptimizer(question, parameters);
  const step = run((gradients) => optimizer.step(question.clip ? clipByGlobalNorm(gradients, question.clip).gradients : gradients));
  for (const gradients of question.gradients) {
    step(Object.fromEntries(Object.entries(gradients).map(([name, values]) => [name, shaped(name, values)])));
  }
  return Object.fromEntries(Object.entries(parameters).map(([name, { data }]) => [name, [...(data as Float32Array)]]));
}

function makeOptimizer({ kind, options }: OptimizerCase, parameters: NamedParameters): Optimizer {
  const { lr, betas, eps, weight_decay, momentum, nesterov } = options as { lr: number; betas?: [number, number] } & Record<string, never>;
  const given = Object.fromEntries(
    Object.entries({ betas, epsilon: eps, weightDecay: weight_decay, momentum, nesterov }).filter(([, value]) => value !== undefined),
  );
  const all = { ...given, learningRate: lr };
  return kind === "AdamW" ? new AdamW(parameters, all) : kind === "SGD" ? new SGD(parameters, all) : new Muon(parameters, all);
}

/** The largest distance of ours from theirs, relative to the largest number of each parameter. */
export function largestError(ours: Record<string, number[]>, theirs: Record<string, number[]>): number {
  const errors = Object.entries(theirs).map(([name, values]) => {
    const scale = Math.max(...values.map(Math.abs));
    return Math.max(...values.map((value, index) => Math.abs(value - ours[name]![index]!))) / scale;
  });
  return Math.max(...errors);
}
