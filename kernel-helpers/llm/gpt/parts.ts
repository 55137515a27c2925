/** What the layers of a GPT are made of. */
import { Module, normalParameter } from "../../nn/index.ts";
import type { Random } from "../../runtime/random.ts";
import { parameter, zeros, type Parameter, type Tensor } from "../../tensor/index.ts";

/** x·W + b with W (inputs, outputs), the layout of GPT-2's checkpoints. */
export class Conv1D extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(inputs: number, outputs: number, std: number, random: Random) {
    super();
    this.weight = normalParameter([inputs, outputs], std, random);
    this.bias = parameter(zeros([outputs]));
  }

  forward(x: Tensor): Tensor {
    return x.matmul(this.weight).add(this.bias);
  }

  override details(): string {
    return this.weight.shape.join(", ");
  }
}

/** Standard deviation of what writes to the residual stream: small enough that all layers together keep its size (Radford et al. 2019, §2.3). */
export const residualStd = (layers: number): number => 0.02 / Math.sqrt(2 * layers);
