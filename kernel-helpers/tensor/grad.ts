/** Differentiating functions of tensors. */
import { argumentError, checkFunction, checkInstance, isPlainObject } from "../runtime/check.ts";
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

/** A function of T, and perhaps of more, that returns a scalar. */
type Scalar<T extends Differentiable, Rest extends readonly unknown[]> = (x: T, ...rest: Rest) => Tensor;

/**
 * A function that returns the value of f and its gradients with respect to the first argument. A parameter that f uses but that is not in the
 * first argument counts as a constant.
 *
 * @param f Returns a scalar of a floating-point type.
 * @throws {ShapeError} The value of f is not a scalar.
 * @throws {DTypeError} The value, or what it is differentiated by, is not of a floating-point type.
 * @example
 * const [value, gradient] = valueAndGrad((x: Tensor) => x.mul(x).sum())(tensor([3, 4]));
 * gradient.toArray() // [ 6, 8 ]
 */
export function valueAndGrad<T extends Differentiable, Rest extends readonly unknown[]>(
  f: Scalar<T, Rest>,
): <X extends T>(x: X, ...rest: Rest) => [value: Tensor, gradients: Gradients<X>] {
  checkFunction("f", f, { hint: "valueAndGrad((x: Tensor) => …) returns the function of value and gradients" });
  return <X extends T>(x: X, ...rest: Rest) =>
    differentiating((): [Tensor, Gradients<X>] => {
      const tensors = new Map<Tensor, Value>(); // what f is given, and what the gradients are taken by
      const given = mapTree("x", x, (tensor) => {
        if (!isFloat(tensor.dtype)) throw dtypeError("grad", `there is no gradient with respect to ${tensor.dtype}`, inFloats);
        const own = tensor instanceof Parameter ? tensor : new Tensor(apply(alias, [tensor.value], tensor.value));
        tensors.set(own, own.value);
        return own;
      });
      const value: unknown = f(given as unknown as T, ...rest);
      if (!(value instanceof Tensor)) {
        const hint = value instanceof Promise ? "await what it needs before" : "return the tensor, for example a mean loss";
        throw argumentError("the value of f", "a tensor", value, { hint });
      }
      if (value.size !== 1) {
        throw shapeError("grad", "the function's value is not a scalar", [value], { hint: "reduce it, for example with .mean()" });
      }
      if (!isFloat(value.dtype)) throw dtypeError("grad", `there is no gradient of ${value.dtype}`, inFloats);
      const found = gradientsOf(value.value, [...tensors.values()]);
      const byTensor = new Map([...tensors.keys()].map((tensor, index) => [tensor, new Tensor(found[index]!)]));
      return [value, mapTree("x", given, (tensor) => byTensor.get(tensor)!) as unknown as Gradients<X>];
    });
}

/** A function that returns the gradients of f with respect to its first argument. */
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
  isUnseen: true,
  lower: (_graph, [x]) => x!,
  gradient: (_node, [gradient]) => [gradient],
};

const inFloats = { hint: 'compute in floats: .to("float32")' };

function mapTree(argument: string, tree: Differentiable, change: (tensor: Tensor) => Tensor): Differentiable {
  if (tree instanceof Tensor) return change(tree);
  const checked = (name: string, item: unknown): Tensor => change(checkInstance(name, item, Tensor, { expected: "a tensor" }));
  if (Array.isArray(tree)) return tree.map((item, index) => checked(`${argument}[${index}]`, item));
  if (!isPlainObject(tree)) throw argumentError(argument, "a tensor, or an array or a plain object of tensors", tree);
  return Object.fromEntries(Object.entries(tree).map(([name, item]) => [name, checked(`${argument}.${name}`, item)]));
}
