/** Normalisation over the last axis: layer norm (Ba et al. 2016, arXiv:1607.06450) and RMS norm (Zhang & Sennrich 2019, arXiv:1910.07467). */
import { checkNumber, checkOptions } from "../../runtime/check.ts";
import { scalar } from "../graph/constants.ts";
import type { Lowering } from "../graph/lowering.ts";
import { sameShape } from "../graph/shape.ts";
import { applyAll, dtypeError, isFloat, shapeError, type Operator, type Value } from "../graph/value.ts";
import { broadcastTo, sum } from "./broadcast.ts";
import { add, cast, div, mul, neg, sqrt, square, sub } from "./elementwise.ts";
import { mean } from "./reduce.ts";

/** Outputs: the result, and of each row its mean and the inverse of its standard deviation. */
const operator: Operator = {
  name: "layerNorm",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [x, weight, bias], { attributes, inputs }) => {
    const { dtype } = inputs[0]!;
    const epsilon = attributes.epsilon as number;
    if (dtype === "float64") return inSteps(graph, x!, weight!, bias!, epsilon);
    return graph.graph.nodes("LayerNormalization", [x!, weight!, bias!], {
      attributes: { axis: -1, epsilon: { float: epsilon } },
      outputs: 3,
    });
  },
  gradient: ({ inputs, outputs }, [gradient, toCenter, toInverse]) => {
    const [x, weight] = inputs as [Value, Value, Value];
    const [, center, inverse] = outputs;
    const share = scalar(1 / x.shape.at(-1)!, x.dtype);
    const rows = [...x.shape.keys()].slice(0, -1);
    const normal = mul(sub(x, center!), inverse!); // x̂
    const parts: Value[] = [];
    if (gradient) {
      // (g − mean(g) − x̂·mean(g·x̂)) / σ, with g scaled by the weight
      const scaled = mul(gradient, weight);
      const along = mul(sum(mul(scaled, normal), -1, true), share);
      const level = mul(sum(scaled, -1, true), share);
      parts.push(mul(sub(sub(scaled, level), mul(normal, along)), inverse!));
    }
    // Only gradients of gradients come through the mean and the inverse standard deviation.
    if (toCenter) parts.push(broadcastTo(mul(toCenter, share), x.shape));
    if (toInverse) parts.push(neg(mul(mul(toInverse, mul(square(inverse!), share)), normal)));
    return [parts.reduce(add), gradient && sum(mul(gradient, normal), rows), gradient && sum(gradient, rows)];
  },
};

/** For float64, of which LayerNormalization would give mean and inverse standard deviation in float32. */
function inSteps(graph: Lowering, x: string, weight: string, bias: string, epsilon: number): string[] {
  const meanOf = (values: string): string => graph.node("ReduceMean", [values, graph.integers([-1])], { keepdims: 1 });
  const center = meanOf(x);
  const distance = graph.node("Sub", [x, center]);
  const spread = graph.node("Add", [meanOf(graph.node("Mul", [distance, distance])), graph.scalar(epsilon, "float64")]);
  const inverse = graph.node("Reciprocal", [graph.node("Sqrt", [spread])]);
  const normal = graph.node("Mul", [distance, inverse]);
  return [graph.node("Add", [graph.node("Mul", [normal, weight]), bias]), center, inverse];
}

export interface NormOptions {
  /** Added to the variance. @default 1e-5 for layerNorm, 1e-6 for rmsNorm */
  epsilon?: number;
}

function epsilonOf(options: NormOptions, otherwise: number): number {
  checkOptions("options", options, ["epsilon"]);
  return checkNumber("epsilon", options.epsilon ?? otherwise, { min: 0 });
}

function checkLast(operation: string, x: Value, ...lasts: readonly Value[]): void {
  if (x.shape.length === 0)
    throw shapeError(operation, "a scalar has no last axis", [x], { hint: "give it a tensor of at least one axis" });
  if (!isFloat(x.dtype)) throw dtypeError(operation, `it is not defined for ${x.dtype}`, { hint: 'convert with .to("float32")' });
  for (const last of lasts) {
    if (last.dtype !== x.dtype) throw dtypeError(operation, `${x.dtype} and ${last.dtype} do not mix`, { hint: "convert one with .to()" });
    if (!sameShape(last.shape, x.shape.slice(-1))) {
      throw shapeError(operation, "weight and bias must be as long as the last axis", [x, last], {
        hint: `give ${x.shape.at(-1)} numbers`,
      });
    }
  }
}

/** (x − mean) / √(variance + ε) · weight + bias over the last axis. */
export function layerNorm(x: Value, weight: Value, bias: Value, options: NormOptions = {}): Value {
  const epsilon = epsilonOf(options, 1e-5);
  checkLast("layerNorm", x, weight, bias);
  const row = { shape: x.shape.with(x.shape.length - 1, 1), dtype: x.dtype };
  return applyAll(operator, [x, weight, bias], [x, row, row], { epsilon })[0]!;
}

/** x / √(mean(x²) + ε) · weight over the last axis. */
export function rmsNorm(x: Value, weight: Value, options: NormOptions = {}): Value {
  const epsilon = epsilonOf(options, 1e-6);
  checkLast("rmsNorm", x, weight);
  if (x.dtype === "float16") return cast(rmsNorm(cast(x, "float32"), cast(weight, "float32"), { epsilon }), "float16");
  const size = sqrt(add(mean(square(x), -1, true), scalar(epsilon, x.dtype)));
  return mul(div(x, size), weight);
}
