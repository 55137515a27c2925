/** Differentiating functions of tensors. */
import { gradientsOf } from "./gradient.ts";
import { dtypeError, isFloat, shapeError, type Value, apply, type Operator } from "./graph/value.ts";
import { Parameter } from "./parameter.ts";
import { Tensor } from "./tensor.ts";
import { differentiating } from "./tracing.ts";

/** What a function can be differentiated by: one tensor, several, or a model's parameters by name. The gradients have the same structure. */
export type Differentiable = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** The gradients, one tensor for each of the tensors. */
export type Gradients<T extends Differentiable> = T extends Tensor
  ? Tensor
  : T extends readonly Tensor[]
    ? Tensor[]
    : { [Name in keyof T]: Tensor };

/** A function of T, and perhaps of more, that gives a scalar. */
type Scalar<T extends Differentiable, Rest extends readonly unknown[]> = (x: T, ...rest: Rest) => Tensor;

/**
 * A function that gives the value of f and its gradients with respect to the first argument. A parameter that f uses without its being in the
 * first argument counts as a constant.
 *
 * @param f Gives a scalar of a floating-point type.
 * @throws {ShapeError} The value of f is not a scalar.
 * @example
 * const [value, gradient] = valueAndGrad((x: Tensor) => x.mul(x).sum())(tensor([3, 4]));
 * gradient.toArray() // [ 6, 8 ]
 */
export function valueAndGrad<T extends Differentiable, Rest extends readonly unknown[]>(
  f: Scalar<T, Rest>,
): <X extends T>(x: X, ...rest: Rest) => [value: Tensor, gradients: Gradients<X>] {
  return <X extends T>(x: X, ...rest: Rest) =>
    differentiating((): [Tensor, Gradients<X>] => {
      const tensors = new Map<Tensor, Value>(); // what f is given, and what the gradients are taken by
      const given = mapTree(x, (tensor) => {
        const own = tensor instanceof Parameter ? tensor : new Tensor(apply(alias, [tensor.value], tensor.value));
        tensors.set(own, own.value);
        return own;
      });
      const value = f(given as unknown as T, ...rest);
      if (value.size !== 1) {
        throw shapeError("grad", "the function's value is not a scalar", [value], { hint: "reduce it, for example with .mean()" });
      }
      if (!isFloat(value.dtype)) throw dtypeError("grad", `there is no gradient of ${value.dtype}`, { hint: "compute in floats" });
      const found = gradientsOf(value.value, [...tensors.values()]);
      const byTensor = new Map([...tensors.keys()].map((tensor, index) => [tensor, new Tensor(found[index]!)]));
      return [value, mapTree(given, (tensor) => byTensor.get(tensor)!) as unknown as Gradients<X>];
    });
}

/** A function that gives the gradients of f with respect to its first argument. */
export function grad<T extends Differentiable, Rest extends readonly unknown[]>(
  f: Scalar<T, Rest>,
): <X extends T>(x: X, ...rest: Rest) => Gradients<X> {
  const both = valueAndGrad(f);
  return (x, ...rest) => both(x, ...rest)[1];
}

/** The same value under a new name, so that what was made of the tensor before counts as a constant. */
const alias: Operator = {
  name: "alias",
  memory: "view",
  elementwise: true,
  lower: (_graph, [x]) => x!,
  gradient: (_node, [gradient]) => [gradient],
};

function mapTree(tree: Differentiable, change: (tensor: Tensor) => Tensor): Differentiable {
  if (tree instanceof Tensor) return change(tree);
  if (Array.isArray(tree)) return tree.map(change);
  return Object.fromEntries(Object.entries(tree as Record<string, Tensor>).map(([name, tensor]) => [name, change(tensor)]));
}
