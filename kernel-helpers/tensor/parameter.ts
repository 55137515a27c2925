/** Parameters: the only tensors whose numbers can change. */
import type { TensorArray } from "../onnx/index.ts";
import { ArgumentError } from "../errors.ts";
import { checkArray, checkInstance } from "../runtime/check.ts";
import { evaluate } from "./evaluate.ts";
import { formatShape, sameShape } from "./graph/shape.ts";
import { apply, source, type TensorBuffer, type Value, type ValueType } from "./graph/value.ts";
import { Tensor } from "./tensor.ts";
import { currentTrace } from "./tracing.ts";

/** A tensor that can be assigned to, such as a weight or an optimizer's moment. Within a compiled function it is part of the graph's state. */
export class Parameter extends Tensor {
  /** The numbers now; a compiled function writes into them. @internal */
  buffer: TensorBuffer;
  #type: Value;

  /** @internal */
  constructor(type: Value, buffer: TensorBuffer) {
    super(type);
    this.#type = type;
    this.buffer = buffer;
  }

  /** @internal */
  override get value(): Value {
    const substitute = substitutes.get(this);
    if (substitute) return substitute.value;
    const trace = currentTrace();
    if (trace) return trace.read(this);
    if (this.#type.buffer !== this.buffer || this.#type.node.attributes.writes !== this.buffer.writes) {
      this.#type = parameterSource(this.#type, this.buffer);
    }
    return this.#type;
  }

  /** Shape and element type, which never change. @internal */
  get type(): ValueType {
    return this.#type;
  }

  /** A copy of the numbers: later steps do not change it. */
  override get data(): TensorArray {
    return super.data.slice();
  }

  /** Sets the parameter to other numbers, of the same shape and element type: at once, or as part of the function being compiled. */
  assign(value: Tensor): void {
    assignAll([[this, value]]);
  }
}

let substitutes: ReadonlyMap<Parameter, Tensor> = new Map();

/**
 * Runs f with other tensors in the place of parameters, such as parts of one long vector that is trained as a whole: gradients flow into what these
 * are made from. It is torch.func.functional_call for whatever f calls. Within f another withValues adds to these.
 *
 * @throws {ArgumentError} A tensor is of another shape or element type than its parameter.
 */
export function withValues<T>(values: ReadonlyMap<Parameter, Tensor>, f: () => T): T {
  for (const [target, value] of values) checkFit(target, value);
  const before = substitutes;
  substitutes = new Map([...before, ...values]);
  try {
    return f();
  } finally {
    substitutes = before;
  }
}

const parameterSource = ({ shape, dtype }: Value, buffer: TensorBuffer): Value => {
  const value = apply(source, [], { shape, dtype }, { writes: buffer.writes });
  value.buffer = buffer;
  return value;
};

/** A parameter that begins with the tensor's numbers, of which it makes a copy. */
export function parameter(initial: Tensor): Parameter {
  checkInstance("initial", initial, Tensor, { expected: "a tensor", hint: "parameter(tensor([1, 2])) begins with these numbers" });
  const buffer = { data: initial.data.slice(), writes: 0 };
  return new Parameter(parameterSource(initial.value, buffer), buffer);
}

/** Assigns several parameters together: values that depend on one another's old numbers are all computed first, in one run. */
export function assignAll(pairs: readonly (readonly [Parameter, Tensor])[]): void {
  const hint = "pass pairs of a parameter and its new value: assignAll([[a, b], [b, a]])";
  checkArray("pairs", pairs, (name, pair) => checkArray(name, pair, () => undefined, { hint }), { hint });
  for (const [target, value] of pairs) {
    checkInstance("the target", target, Parameter, { hint: "make it with parameter(…)" });
    checkFit(target, value);
  }
  const values = pairs.map(([, value]) => value.value);
  const trace = currentTrace();
  if (trace) return pairs.forEach(([target], index) => trace.assign(target, values[index]!));
  evaluate(values);
  // Fresh memory, not the old written over: older expressions may still need the old numbers.
  pairs.forEach(([target], index) => (target.buffer = { data: values[index]!.buffer!.data.slice(), writes: 0 }));
}

function checkFit(target: Parameter, value: Tensor): void {
  const { shape, dtype } = checkInstance("value", value, Tensor, { expected: "a tensor", hint: "make one with tensor(…)" });
  if (sameShape(target.type.shape, shape) && target.type.dtype === dtype) return;
  throw new ArgumentError(
    `a parameter of ${target.type.dtype} ${formatShape(target.type.shape)} cannot be assigned ${dtype} ${formatShape(shape)}`,
    { hint: "shape and element type of a parameter never change; reshape or convert the value" },
  );
}
