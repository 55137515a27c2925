/** What training sees of a model: the numbers that are learnt, and a loss. */
import { Dropout, Module } from "../../nn/index.ts";
import { assignAll, parameter, tensor, withValues, type Parameter, type Tensor } from "../../tensor/index.ts";
import type { Llama } from "../llama/llama.ts";
import { adapterParameters } from "./adapters.ts";
import { answerLoss } from "./loss.ts";
import type { PackedBatch } from "./pack.ts";

export interface Trainee extends Module {
  loss(batch: PackedBatch): Tensor;
  /** Leaves what was learnt with the model. */
  finish(): void;
}

/** All weights of a model. */
export class WholeModel extends Module implements Trainee {
  readonly llama: Llama;

  constructor(llama: Llama) {
    super();
    this.llama = llama;
  }

  loss(batch: PackedBatch): Tensor {
    return answerLoss(this.llama, batch);
  }

  finish(): void {}
}

/**
 * The adapters of a model, one behind the other in a single vector: an optimizer's update of 14 matrices in each of 30 blocks is then that of one
 * parameter, and the graph has half the nodes.
 */
export class Adapters extends Module implements Trainee {
  readonly numbers: Parameter;
  readonly dropouts: readonly Dropout[];
  readonly #llama: Llama;
  readonly #targets: readonly Parameter[];

  constructor(llama: Llama) {
    super();
    this.#llama = llama;
    this.#targets = Object.values(adapterParameters(llama));
    this.dropouts = Object.values(llama.modules()).filter((module) => module instanceof Dropout);
    const numbers = new Float32Array(this.#targets.reduce((total, { size }) => total + size, 0));
    let filled = 0;
    for (const { data, size } of this.#targets) {
      numbers.set(data as Float32Array, filled);
      filled += size;
    }
    this.numbers = parameter(tensor(numbers));
  }

  loss(batch: PackedBatch): Tensor {
    return this.within(() => answerLoss(this.#llama, batch));
  }

  /** What f computes with the model, its adapters being these numbers. */
  within<T>(f: () => T): T {
    return withValues(new Map(this.#parts()), f);
  }

  finish(): void {
    assignAll(this.#parts());
  }

  #parts(): [Parameter, Tensor][] {
    const parts = this.numbers.split(this.#targets.map(({ size }) => size));
    return this.#targets.map((target, index) => [target, parts[index]!.reshape(target.shape)]);
  }
}
