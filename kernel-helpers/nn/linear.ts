import { checkBoolean, checkOptions } from "../runtime/check.ts";
import { Parameter, type Tensor } from "../tensor/index.ts";
import { checkInput, checkParameter, checkSize } from "./check-layer.ts";
import { randomOf, uniformParameter, type RandomOptions } from "./initial.ts";
import { Module } from "./module.ts";
import type { Projection } from "./projection.ts";

export interface LinearOptions extends RandomOptions {
  /** Whether a bias is added, or the bias itself, (outputs). @default true */
  bias?: boolean | Parameter;
  /** A weight that is there already, such as a checkpoint's, or an embedding's ("tied"); (outputs, inputs). @default one that is drawn */
  weight?: Parameter;
}

/**
 * x·Wᵀ + b, with W (outputs, inputs) as in PyTorch. Weight and bias begin uniform in ±1/√inputs: He et al. 2015 (arXiv:1502.01852) with the
 * slope √5 that torch.nn.Linear takes.
 *
 * @throws {ArgumentError} A size is not an integer ≥ 1, or there is no seed for the numbers that are drawn.
 * @example
 * new Linear(784, 10, { seed: 1 }).forward(zeros([32, 784])).shape // [ 32, 10 ]
 */
export class Linear extends Module implements Projection {
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(inputs: number, outputs: number, options: LinearOptions = {}) {
    super();
    checkSize("inputs", inputs);
    checkSize("outputs", outputs);
    checkOptions("Linear", options, ["bias", "weight", "seed", "random"]);
    const { bias = true, weight } = options;
    if (!(bias instanceof Parameter)) checkBoolean("bias", bias);
    if (weight !== undefined) checkParameter("weight", weight, [outputs, inputs]);
    if (bias instanceof Parameter) checkParameter("bias", bias, [outputs]);
    const bound = 1 / Math.sqrt(inputs);
    const random = weight === undefined || bias === true ? randomOf("Linear", options) : undefined;
    this.weight = weight ?? uniformParameter([outputs, inputs], bound, random!);
    if (bias) this.bias = bias === true ? uniformParameter([outputs], bound, random!) : bias;
  }

  get inputs(): number {
    return this.weight.shape[1]!;
  }

  get outputs(): number {
    return this.weight.shape[0]!;
  }

  matrix(): Tensor {
    return this.weight;
  }

  /** (…, inputs) → (…, outputs). @throws {ShapeError} The last axis is not of that size. */
  forward(x: Tensor): Tensor {
    const [outputs, inputs] = this.weight.shape as [number, number];
    const product = checkInput(`Linear(${inputs}, ${outputs})`, x, inputs, this.weight).matmul(this.weight.T);
    return this.bias ? product.add(this.bias) : product;
  }

  override details(): string {
    const [outputs, inputs] = this.weight.shape;
    return `${inputs}, ${outputs}${this.bias ? "" : ", no bias"}`;
  }
}
