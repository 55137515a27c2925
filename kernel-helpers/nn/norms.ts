import { checkNumber, checkOptions } from "../runtime/check.ts";
import { ones, parameter, zeros, type Parameter, type Tensor } from "../tensor/index.ts";
import { checkInput, checkParameter, checkSize } from "./check-layer.ts";
import { Module } from "./module.ts";

export interface NormOptions {
  /** Added to the mean square, ≥ 0. @default 1e-5 for LayerNorm, 1e-6 for RMSNorm */
  epsilon?: number;
}

/**
 * Each row brought to mean 0 and standard deviation 1, then scaled and shifted — Ba et al. 2016 (arXiv:1607.06450), as torch.nn.LayerNorm.
 *
 * @throws {ArgumentError} The width is not an integer ≥ 1, or epsilon not a number ≥ 0.
 */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly epsilon: number;

  constructor(width: number, options: NormOptions = {}) {
    super();
    checkSize("width", width);
    checkOptions("LayerNorm", options, ["epsilon"]);
    this.epsilon = checkNumber("epsilon", options.epsilon ?? 1e-5, { min: 0 });
    this.weight = parameter(ones([width]));
    this.bias = parameter(zeros([width]));
  }

  /** (…, width) → (…, width). */
  forward(x: Tensor): Tensor {
    checkInput(`LayerNorm(${this.details()})`, x, this.weight.size, this.weight);
    return x.layerNorm(this.weight, this.bias, { epsilon: this.epsilon });
  }

  override details(): string {
    return String(this.weight.size);
  }
}

export interface RMSNormOptions extends NormOptions {
  /** A weight that is there already, (width). @default one of ones */
  weight?: Parameter;
}

/**
 * Each row brought to a mean square of 1, then scaled — Zhang & Sennrich 2019 (arXiv:1910.07467), as Llama has it.
 *
 * @throws {ArgumentError} The width is not an integer ≥ 1, or epsilon not a number ≥ 0.
 */
export class RMSNorm extends Module {
  readonly weight: Parameter;
  readonly epsilon: number;

  constructor(width: number, options: RMSNormOptions = {}) {
    super();
    checkSize("width", width);
    checkOptions("RMSNorm", options, ["epsilon", "weight"]);
    this.epsilon = checkNumber("epsilon", options.epsilon ?? 1e-6, { min: 0 });
    this.weight = checkParameter("weight", options.weight ?? parameter(ones([width])), [width]);
  }

  /** (…, width) → (…, width). */
  forward(x: Tensor): Tensor {
    checkInput(`RMSNorm(${this.details()})`, x, this.weight.size, this.weight);
    return x.rmsNorm(this.weight, { epsilon: this.epsilon });
  }

  override details(): string {
    return String(this.weight.size);
  }
}
