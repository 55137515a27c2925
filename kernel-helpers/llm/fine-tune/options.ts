/** What a fine-tuning is asked for, checked before anything is read. */
import { ArgumentError } from "../../errors.ts";
import type { EvaluationRecord, StepRecord } from "../../train/index.ts";
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkFunction,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkSignal,
} from "../../runtime/check.ts";
import type { Device } from "../../tensor/index.ts";
import { checkTargets, projectionNames, type ProjectionName } from "./adapters.ts";
import type { Example } from "./examples.ts";

export const methods = ["lora", "qlora", "full"] as const;

export interface FineTuneOptions {
  /**
   * `lora`: low-rank matrices are learnt beside weights that stay (Hu et al. 2021, arXiv:2106.09685); `qlora`: the same, and the weights of the blocks
   * stay in the 4 or 8 bits that a GGUF file has them in, which takes less memory (Dettmers et al. 2023, arXiv:2305.14314); `full`: all weights are.
   * @default "lora"
   */
  method?: (typeof methods)[number];
  /** Rank of the adapters. @default 8 */
  rank?: number;
  /** What they add is scaled by alpha / rank. @default twice the rank */
  alpha?: number;
  /** The share of an adapter's input that it does not see in training. @default 0 */
  dropout?: number;
  /** Which projections have adapters. @default all of them, as in QLoRA (Dettmers et al. 2023, arXiv:2305.14314) */
  targets?: readonly ProjectionName[];
  /** How often to go through the examples. @default 1, unless `steps` are given */
  epochs?: number;
  /** Updates in all, instead of epochs. */
  steps?: number;
  /**
   * About how many tokens an update is computed from. Adapters learn less from large batches than whole models do (Schulman 2025, "LoRA Without
   * Regret"), and on a CPU they save no time. @default 256
   */
  batchTokens?: number;
  /** Longer examples are cut. @default 1024, or what the model reads at most */
  contextLength?: number;
  /** Whether several short examples share a row, each seeing only itself. @default true */
  packing?: boolean;
  /**
   * The highest learning rate. @default 1e-3 for adapters, 5e-5 for all weights. Adapters want about ten times the rate of whole models, and up to
   * fifteen times in runs of a hundred updates (Schulman 2025); a set of some hundred short examples learns better with twice the default.
   */
  learningRate?: number;
  /** How the learning rate falls after a warm-up of a tenth of the steps, ten at most. @default "cosine", to a tenth */
  schedule?: "cosine" | "linear" | "constant";
  /** @default 0.01 */
  weightDecay?: number;
  /** Norm that all gradients together are scaled down to when theirs is larger. @default 1 */
  clip?: number;
  /** Computes each update in this many parts, one after the other: the same update in less memory. @default 1 */
  accumulate?: number;
  /**
   * Whether intermediate results are computed twice instead of kept (Chen et al. 2016, arXiv:1604.06174). It pays where an update has many tokens: of
   * SmolLM2-135M with 1024 a process held 2.35 GB at most instead of 2.83, and an update took half as much processor time again. Fewer tokens an
   * update save more, and cost nothing. @default false
   */
  gradientCheckpointing?: boolean;
  /** Examples that are not learnt from; the loss on them is measured. */
  validation?: readonly Example[];
  /** Steps between two measures. @default once an epoch */
  evaluateEvery?: number;
  /** Ends after this many measures without a better one, and goes back to the best. */
  patience?: number;
  /** Of what is drawn: the adapters' first numbers, the order of the examples. @default 0 */
  seed?: number;
  /** @default "cpu" */
  device?: Device | "auto";
  /** Whether a progress line and a plot follow the run. @default true */
  show?: boolean;
  onStep?: (record: StepRecord) => void;
  onEvaluation?: (record: EvaluationRecord) => void;
  /** Ends the run, as Ctrl-C and ■ do: what was learnt so far stays. */
  signal?: AbortSignal;
}

export type CheckedOptions = Required<
  Omit<FineTuneOptions, "steps" | "epochs" | "validation" | "evaluateEvery" | "patience" | "onStep" | "onEvaluation" | "signal">
> &
  Pick<FineTuneOptions, "steps" | "epochs" | "validation" | "evaluateEvery" | "patience" | "onStep" | "onEvaluation" | "signal">;

const names: readonly string[] = [
  "method",
  "rank",
  "alpha",
  "dropout",
  "targets",
  "epochs",
  "steps",
  "batchTokens",
  "contextLength",
  "packing",
  "learningRate",
  "schedule",
  "weightDecay",
  "clip",
  "accumulate",
  "gradientCheckpointing",
  "validation",
  "evaluateEvery",
  "patience",
  "seed",
  "device",
  "show",
  "onStep",
  "onEvaluation",
  "signal",
];

export function checkFineTuneOptions(options: FineTuneOptions): CheckedOptions {
  checkOptions("fineTune", checkObject("options", options, { hint: "pass { method: 'lora', rank: 8, epochs: 1 }" }), names);
  const { method = "lora", rank = 8 } = options;
  checkChoice("method", method, methods);
  if (options.steps !== undefined && options.epochs !== undefined) {
    throw new ArgumentError("fineTune takes either steps or epochs, got both", { hint: "leave one of them out" });
  }
  for (const name of ["steps", "epochs", "evaluateEvery", "patience"] as const)
    if (options[name] !== undefined) checkInteger(name, options[name], { min: 1 });
  for (const name of ["onStep", "onEvaluation"] as const) if (options[name] !== undefined) checkFunction(name, options[name] as () => void);
  if (options.validation === undefined && (options.patience ?? options.evaluateEvery) !== undefined) {
    throw argumentError("validation", "examples", undefined, { hint: "patience and evaluateEvery need examples to measure on" });
  }
  checkSignal("signal", options.signal);
  if (method === "full" && (options.rank ?? options.alpha ?? options.dropout ?? options.targets) !== undefined) {
    throw new ArgumentError("rank, alpha, dropout and targets are those of adapters, and the method is full", {
      hint: "leave them out, or pass { method: 'lora' }",
    });
  }
  const { schedule = "cosine" } = options;
  return {
    ...options,
    method,
    rank: checkInteger("rank", rank, { min: 1 }),
    alpha: checkNumber("alpha", options.alpha ?? 2 * rank, { above: 0 }),
    dropout: checkNumber("dropout", options.dropout ?? 0, { min: 0, below: 1 }),
    targets: checkTargets("targets", options.targets ?? projectionNames),
    batchTokens: checkInteger("batchTokens", options.batchTokens ?? 256, { min: 1 }),
    contextLength: checkInteger("contextLength", options.contextLength ?? 1024, { min: 2 }),
    packing: checkBoolean("packing", options.packing ?? true),
    learningRate: checkNumber("learningRate", options.learningRate ?? (method === "full" ? 5e-5 : 1e-3), { min: 0 }),
    schedule: checkChoice("schedule", schedule, ["cosine", "linear", "constant"]),
    weightDecay: checkNumber("weightDecay", options.weightDecay ?? 0.01, { min: 0 }),
    clip: checkNumber("clip", options.clip ?? 1, { above: 0 }),
    accumulate: checkInteger("accumulate", options.accumulate ?? 1, { min: 1 }),
    gradientCheckpointing: checkBoolean("gradientCheckpointing", options.gradientCheckpointing ?? false),
    seed: checkInteger("seed", options.seed ?? 0),
    device: options.device ?? "cpu",
    show: checkBoolean("show", options.show ?? true),
  };
}
