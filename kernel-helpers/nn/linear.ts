import type { Parameter, Tensor } from "../tensor/index.ts";
import { randomOf, uniformParameter, type RandomOptions } from "./initial.ts";
import { Module } from "./module.ts";

export interface LinearOptions extends RandomOptions {
  /** Whether a bias is added. @default true */
  bias?: boolean;
  /** A weight to share with another layer ("tied"), such as that of an embedding. @default one of its own */
  weight?: Parameter;
}

/**
 * x·Wᵀ + b, with W (outputs, inputs) as in PyTorch. Weight and bias begin uniform in ±1/√inputs: He et al. 2015 (arXiv:1502.01852) with the
 * slope √5 that torch.nn.Linear takes.
 *
 * @example
 * new Linear(784, 10).forward(zeros([32, 784])).shape // [ 32, 10 ]
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(inputs: number, outputs: number, { bias = true, weight, ...options }: LinearOptions = {}) {
    super();
    const random = randomOf(options);
    this.weight = weight ?? uniformParameter([outputs, inputs], 1 / Math.sqrt(inputs), random);
    if (bias) this.bias = uniformParameter([outputs], 1 / Math.sqrt(inputs), random);
  }

  /** (…, inputs) → (…, outputs). */
  forward(x: Tensor): Tensor {
    const product = x.matmul(this.weight.T);
    return this.bias ? product.add(this.bias) : product;
  }

  override details(): string {
    const [outputs, inputs] = this.weight.shape;
    return `${inputs}, ${outputs}${this.bias ? "" : ", no bias"}`;
  }
}
