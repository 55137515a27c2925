/** Methods of tensors: comparisons and logic, to bool. */
import { valueOf } from "../arguments.ts";
import * as compare from "../operators/compare.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { Activations } from "./activations.ts";

export abstract class Comparisons extends Activations {
  equal(other: Operand): Tensor {
    return this.make(compare.equal(this.value, this.operand(other)));
  }
  less(other: Operand): Tensor {
    return this.make(compare.less(this.value, this.operand(other)));
  }
  lessEqual(other: Operand): Tensor {
    return this.make(compare.lessEqual(this.value, this.operand(other)));
  }
  greater(other: Operand): Tensor {
    return this.make(compare.greater(this.value, this.operand(other)));
  }
  greaterEqual(other: Operand): Tensor {
    return this.make(compare.greaterEqual(this.value, this.operand(other)));
  }
  logicalAnd(other: Tensor): Tensor {
    return this.make(compare.logicalAnd(this.value, valueOf("other", other)));
  }
  logicalOr(other: Tensor): Tensor {
    return this.make(compare.logicalOr(this.value, valueOf("other", other)));
  }
  logicalNot(): Tensor {
    return this.make(compare.logicalNot(this.value));
  }
}
