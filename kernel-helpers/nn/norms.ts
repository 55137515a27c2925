import { ones, parameter, zeros, type Parameter, type Tensor } from "../tensor/index.ts";
import { Module } from "./module.ts";

/** Each row brought to mean 0 and deviation 1, then scaled and shifted — Ba et al. 2016 (arXiv:1607.06450), as torch.nn.LayerNorm. */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly epsilon: number;

  constructor(width: number, { epsilon = 1e-5 }: { epsilon?: number } = {}) {
    super();
    this.weight = parameter(ones([width]));
    this.bias = parameter(zeros([width]));
    this.epsilon = epsilon;
  }

  /** (…, width) → (…, width). */
  forward(x: Tensor): Tensor {
    return x.layerNorm(this.weight, this.bias, { epsilon: this.epsilon });
  }

  override details(): string {
    return String(this.weight.size);
  }
}

/** Each row brought to a mean square of 1, then scaled — Zhang & Sennrich 2019 (arXiv:1910.07467), as Llama has it. */
export class RMSNorm extends Module {
  readonly weight: Parameter;
  readonly epsilon: number;

  constructor(width: number, { epsilon = 1e-6 }: { epsilon?: number } = {}) {
    super();
    this.weight = parameter(ones([width]));
    this.epsilon = epsilon;
  }

  /** (…, width) → (…, width). */
  forward(x: Tensor): Tensor {
    return x.rmsNorm(this.weight, { epsilon: this.epsilon });
  }

  override details(): string {
    return String(this.weight.size);
  }
}
