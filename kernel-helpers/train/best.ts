import type { Module } from "../nn/index.ts";
import { tensor, type Parameter, type Tensor } from "../tensor/index.ts";
import { loadBest, saveBest, type Best } from "./checkpoint.ts";
import type { EvaluationRecord, TrainingHistory } from "../reporters/index.ts";

/** The model as it was when it did best: in the folder of checkpoints when there is one, else in memory. */
export class BestModel {
  /** When that was. */
  record: Best | undefined;
  readonly #model: Module;
  readonly #folder: string | undefined;
  #numbers: Record<string, Tensor> = {};

  constructor(model: Module, record: Best | undefined, folder: string | undefined) {
    this.#model = model;
    this.record = record;
    this.#folder = folder;
  }

  /** Keeps the model if it has never been better. */
  async see({ step, loss }: EvaluationRecord): Promise<void> {
    if (!(loss < (this.record?.loss ?? Infinity))) return;
    this.record = { step, loss };
    if (this.#folder !== undefined) return saveBest(this.#folder, this.#model, this.record);
    this.#numbers = Object.fromEntries(Object.entries(this.#model.parameters()).map(([name, parameter]) => [name, copyOf(parameter)]));
  }

  /** Evaluations since. */
  waited({ evaluations }: TrainingHistory): number {
    return evaluations.step.filter((step) => step > (this.record?.step ?? 0)).length;
  }

  /** Makes the model what it was. */
  async restore(): Promise<void> {
    if (this.record) this.#model.load(this.#folder === undefined ? this.#numbers : await loadBest(this.#folder));
  }
}

/** The numbers now; half-precision ones as float32, which holds them exactly. */
function copyOf(parameter: Parameter): Tensor {
  const { data, shape } = parameter.dtype === "float16" ? parameter.to("float32") : parameter;
  return tensor(data, { shape });
}
