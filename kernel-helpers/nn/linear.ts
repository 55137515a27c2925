import { ShapeError } from "../errors.ts";
import { checkBoolean, checkInstance, checkOptions } from "../runtime/check.ts";
import { Parameter, type Tensor } from "../tensor/index.ts";
import { checkInput, checkSize } from "./check-layer.ts";
import { randomOf, uniformParameter, type RandomOptions } from "./initial.ts";
import { Module } from "./module.ts";

export interface LinearOptions extends RandomOptions {
  /** Whether a bias is added. @default true */
  bias?: boolean;
  /** A weight to share with another layer ("tied"), such as that of an embedding; (outputs, inputs). @default one of its own */
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
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(inputs: number, outputs: number, options: LinearOptions = {}) {
    super();
    checkSize("inputs", inputs);
    checkSize("outputs", outputs);
    checkOptions("Linear", options, ["bias", "weight", "seed", "random"]);
    const { bias = true, weight } = options;
    checkBoolean("bias", bias);
    if (weight !== undefined) checkShared(weight, [outputs, inputs]);
    const bound = 1 / Math.sqrt(inputs);
    if (weight && !bias) {
      this.weight = weight;
      return;
    }
    const random = randomOf("Linear", options);
    this.weight = weight ?? uniformParameter([outputs, inputs], bound, random);
    if (bias) this.bias = uniformParameter([outputs], bound, random);
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

function checkShared(weight: Parameter, expected: readonly number[]): void {
  const { shape } = checkInstance("weight", weight, Parameter, { hint: "pass the weight of another layer, such as embedding.weight" });
  if (shape.join() === expected.join()) return;
  throw new ShapeError(`a weight of (${shape.join(", ")}) does not fit a Linear of (${expected.join(", ")})`, {
    hint: "a weight is (outputs, inputs)",
    facts: { argument: "weight", expected, value: shape },
  });
}
