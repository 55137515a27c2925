/** Methods of tensors: activation functions. */
import * as activation from "../operators/activation.ts";
import type { Tensor } from "../tensor.ts";
import { Arithmetic } from "./arithmetic.ts";

export abstract class Activations extends Arithmetic {
  tanh(): Tensor {
    return this.make(activation.tanh(this.value));
  }

  /** 1 / (1 + exp(-x)). */
  sigmoid(): Tensor {
    return this.make(activation.sigmoid(this.value));
  }

  /** max(x, 0). */
  relu(): Tensor {
    return this.make(activation.relu(this.value));
  }

  /** Gaussian error linear unit, x·Φ(x): exactly, or by the tanh that GPT-2 uses. */
  gelu(options: activation.GeluOptions = {}): Tensor {
    return this.make(activation.gelu(this.value, options));
  }

  /** x·sigmoid(x), also called swish. */
  silu(): Tensor {
    return this.make(activation.silu(this.value));
  }

  /** log(1 + exp(x)). */
  softplus(): Tensor {
    return this.make(activation.softplus(this.value));
  }

  /** x where it is positive, else slope·x. @param slope @default 0.01 */
  leakyRelu(slope: number = 0.01): Tensor {
    return this.make(activation.leakyRelu(this.value, slope));
  }

  /** The Gauss error function. */
  erf(): Tensor {
    return this.make(activation.erf(this.value));
  }
}
