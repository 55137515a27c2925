/** What constructors and forward methods of layers are given, checked. */
import { DTypeError, ShapeError } from "../errors.ts";
import { checkInstance, checkInteger } from "../runtime/check.ts";
import { Parameter, Tensor } from "../tensor/index.ts";

/** A size of a layer, at least 1. */
export const checkSize = (argument: string, size: unknown): number => checkInteger(argument, size, { min: 1 });

/** What a layer is given: a tensor of the weight's type, whose last axis has the width. */
export function checkInput(layer: string, x: Tensor, width: number, { dtype }: Pick<Tensor, "dtype">): Tensor {
  checkInstance("x", x, Tensor, { hint: `pass a tensor of (…, ${width}): tensor([…])` });
  if (x.rank === 0 || x.shape.at(-1) !== width) {
    throw new ShapeError(`${layer} takes (…, ${width}), got (${x.shape.join(", ")})`, {
      hint: `the last axis of x must be ${width}`,
      facts: { argument: "x", expected: width, value: x.shape },
    });
  }
  if (x.dtype === dtype) return x;
  throw new DTypeError(`${layer} takes ${dtype}, got ${x.dtype}`, {
    hint: `convert with x.to("${dtype}")`,
    facts: { argument: "x", expected: dtype, value: x.dtype },
  });
}

/** A parameter that is there already, of the shape that the layer needs. */
export function checkParameter(argument: string, given: unknown, expected: readonly number[]): Parameter {
  const found = checkInstance(argument, given, Parameter, { hint: "pass a parameter that is there already, such as embedding.weight" });
  if (found.shape.join() === expected.join()) return found;
  throw new ShapeError(`${argument} must be of (${expected.join(", ")}), got (${found.shape.join(", ")})`, {
    hint: "a projection's weight is (outputs, inputs), its bias (outputs)",
    facts: { argument, expected, value: found.shape },
  });
}
