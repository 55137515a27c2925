/** Softmax and what is made of it. */
import { checkInteger } from "../../runtime/check.ts";
import { scalar } from "../graph/constants.ts";
import type { Lowering } from "../graph/lowering.ts";
import { normalizeAxis, sameShape, sizeOf } from "../graph/shape.ts";
import { apply, applyAll, checkFloat, dtypeError, isFloat, shapeError, type DType, type Operator, type Value } from "../graph/value.ts";
import { sum } from "./broadcast.ts";
import { equal } from "./compare.ts";
import { add, exp, mul, neg, sub } from "./elementwise.ts";
import { inRange } from "./conditions.ts";
import { reshape } from "./layout.ts";
import { gather } from "./lookup.ts";
import { where } from "./select.ts";

const softmaxOperator: Operator = {
  name: "softmax",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, inputs, { attributes }) => graph.node("Softmax", inputs, { axis: attributes.axis as number }),
  // p·(g − Σ p·g)
  gradient: ({ outputs: [p], attributes }, [gradient]) => {
    const weighted = mul(p!, gradient!);
    return [sub(weighted, mul(p!, sum(weighted, attributes.axis as number, true)))];
  },
};

/**
 * ONNX Runtime's LogSoftmax of float64 passes NaN over, and WebGPU has none: there it is x − m − log Σ exp(x − m), with the largest as m.
 */
function lowerLogSoftmax(graph: Lowering, x: string, dtype: DType, axis: number): string {
  if (dtype !== "float64" && graph.device !== "webgpu") return graph.node("LogSoftmax", [x], { axis });
  const axes = graph.integers([axis]);
  const rest = graph.node("Sub", [x, graph.node("ReduceMax", [x, axes], { keepdims: 1 })]);
  return graph.node("Sub", [rest, graph.node("Log", [graph.node("ReduceSum", [graph.node("Exp", [rest]), axes], { keepdims: 1 })])]);
}

const logSoftmaxOperator: Operator = {
  name: "logSoftmax",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [x], { inputs: [{ dtype }], attributes }) => lowerLogSoftmax(graph, x!, dtype, attributes.axis as number),
  // g − softmax·Σ g
  gradient: ({ outputs: [logProbs], attributes }, [gradient]) => [
    sub(gradient!, mul(exp(logProbs!), sum(gradient!, attributes.axis as number, true))),
  ],
};

const along = (operator: Operator) => (x: Value, axis: number) => {
  checkFloat(operator.name, x);
  return apply(operator, [x], x, { axis: normalizeAxis(operator.name, axis, x.shape.length) });
};

/** exp(x) / Σ exp(x) along the axis. */
export const softmax: (x: Value, axis: number) => Value = along(softmaxOperator);

/** log(softmax(x)) along the axis, without overflow. */
export const logSoftmax: (x: Value, axis: number) => Value = along(logSoftmaxOperator);

/** Outputs: the mean loss, and what its gradient needs: the log probabilities (N, V), and 1/count for each row that counts, else 0, (N, 1). */
const crossEntropyOperator: Operator = {
  name: "crossEntropy",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [logits, targets], { attributes, inputs }) => {
    const { dtype } = inputs[0]!;
    const ignored = attributes.ignoreIndex as number;
    const column = graph.node("Unsqueeze", [targets!, graph.integers([-1])]); // (N, 1)
    const isIgnored = graph.node("Equal", [column, graph.scalar(ignored, "int64")]);
    const counts = graph.cast(graph.node("Not", [isIgnored]), dtype);
    const total = graph.node("ReduceSum", [counts], { keepdims: 0 });
    const logProbs = lowerLogSoftmax(graph, logits!, dtype, 1);
    const safe = graph.node("Where", [isIgnored, graph.scalar(0, "int64"), column]);
    const zero = graph.scalar(0, dtype);
    const weights = graph.node("Where", [isIgnored, zero, graph.node("Reciprocal", [total])]);
    // What is looked up for an ignored target may be −∞, which no weight makes 0.
    const picked = graph.node("Where", [isIgnored, zero, graph.node("GatherElements", [logProbs, safe], { axis: 1 })]); // (N, 1)
    const mean = graph.node("ReduceSum", [graph.node("Mul", [picked, weights])], { keepdims: 0 });
    const loss = graph.node("Sub", [graph.node("Div", [zero, total]), mean]); // 0 / 0: the mean of nothing is NaN
    return [loss, logProbs, weights];
  },
  gradient: ({ inputs, outputs, attributes }, [gradient, toLogProbs]) => {
    const [logits, targets] = inputs as [Value, Value];
    const [, logProbs, weights] = outputs;
    const probs = exp(logProbs!);
    const parts: Value[] = [];
    if (gradient) {
      const scaled = mul(weights!, gradient); // (N, 1)
      parts.push(apply(minusOneHot, [mul(probs, scaled), targets, scaled], logits, attributes));
    }
    // Only gradients of gradients come through the log probabilities.
    if (toLogProbs) parts.push(sub(toLogProbs, mul(probs, sum(toLogProbs, -1, true))));
    return [parts.reduce(add), undefined];
  },
};

/** x − y in the target's column of each row: the gradient's "softmax − one-hot", without the one-hot. */
const minusOneHot: Operator = {
  name: "minusOneHot",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [x, targets, y], { attributes }) => {
    const column = graph.node("Unsqueeze", [targets!, graph.integers([-1])]);
    const isIgnored = graph.node("Equal", [column, graph.scalar(attributes.ignoreIndex as number, "int64")]);
    const safe = graph.node("Where", [isIgnored, graph.scalar(0, "int64"), column]);
    return graph.node("ScatterElements", [x!, safe, graph.node("Neg", [y!])], { axis: 1, reduction: "add" });
  },
  gradient: ({ inputs, attributes }, [gradient]) => {
    const [, targets, y] = inputs as [Value, Value, Value];
    const column = reshape(targets, y.shape);
    const safe = where(equal(column, scalar(attributes.ignoreIndex as number, "int64")), scalar(0, "int64"), column);
    return [gradient, undefined, neg(gather(gradient!, safe, 1))];
  },
};

/**
 * Mean of −log softmax(logits)[target] over the targets that are not `ignoreIndex`, as torch.nn.functional.cross_entropy.
 * logits (…, V), targets (…) int64.
 */
export function crossEntropy(logits: Value, targets: Value, ignoreIndex: number): Value {
  checkInteger("ignoreIndex", ignoreIndex);
  if (!isFloat(logits.dtype) || targets.dtype !== "int64") {
    throw dtypeError("crossEntropy", `it takes floats and int64, not ${logits.dtype} and ${targets.dtype}`, {
      hint: 'logits are floats, targets the numbers of the classes: .to("int64")',
    });
  }
  if (logits.shape.length === 0 || !sameShape(logits.shape.slice(0, -1), targets.shape)) {
    throw shapeError("crossEntropy", "there is not one target for each row of logits", [logits, targets], {
      hint: "logits (…, classes) go with targets (…)",
    });
  }
  const classes = logits.shape.at(-1)!;
  const rows = reshape(logits, [sizeOf(targets.shape), classes]);
  const checked = inRange(targets, {
    operation: "crossEntropy",
    name: "target",
    size: classes,
    of: `${classes} classes`,
    ignored: ignoreIndex,
    hint: `targets run from 0 to ${classes - 1}; one that must not count has the ignoreIndex, ${ignoreIndex}`,
  });
  const types = [
    { shape: [], dtype: logits.dtype },
    { shape: rows.shape, dtype: logits.dtype },
    { shape: [rows.shape[0]!, 1], dtype: logits.dtype },
  ];
  return applyAll(crossEntropyOperator, [rows, reshape(checked, [rows.shape[0]!])], types, { ignoreIndex })[0]!;
}
