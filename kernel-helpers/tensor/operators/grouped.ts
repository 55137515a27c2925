/**
 * Products of rows that lie in groups, each group with a matrix of its own: the experts of a layer (jax.lax.ragged_dot, torch.nn.functional.grouped_mm).
 * How many rows a group has is known only when the graph runs; ONNX's Split cuts rows so, and a product of no rows costs nothing. On a CPU this
 * is as fast as one dense product of as many rows; batches padded to equal groups compute the padding as well.
 */
import { scalar } from "../graph/constants.ts";
import type { Lowering } from "../graph/lowering.ts";
import { sizeOf } from "../graph/shape.ts";
import { apply, dtypeError, isFloat, shapeError, type GraphNode, type Operator, type Value } from "../graph/value.ts";
import { broadcastTo } from "./broadcast.ts";
import { groupSizesWithin } from "./conditions.ts";
import { permutationOf, swapLast } from "./layout.ts";

/** The rows of each group, and then those that are in none. */
function groupsOf(graph: Lowering, rows: string, sizes: string, { inputs }: GraphNode, of: number): readonly string[] {
  const [count, groups] = [inputs[of]!.shape[0]!, inputs.at(-1)!.shape[0]!];
  const made = graph.once(`groups ${rows} ${sizes}`, () => {
    const rest = graph.node("Sub", [graph.integers([count]), graph.node("ReduceSum", [sizes, graph.integers([0])], { keepdims: 1 })]);
    const all = graph.node("Concat", [sizes, rest], { axis: 0 });
    return graph.graph.nodes("Split", [rows, all], { attributes: { axis: 0 }, outputs: groups + 1 }).join(" ");
  });
  return made.split(" ");
}

/** Inputs: rows (M, K), matrices (G, K, N), or (G, N, K) when `transposed`, and the sizes of the groups (G). Rows of no group become zeros. */
const groupedMatmulOperator: Operator = {
  name: "groupedMatmul",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower(graph, [x, w, sizes], node) {
    const { inputs, attributes, outputs } = node;
    const { shape, dtype } = outputs[0]!;
    const parts = groupsOf(graph, x!, sizes!, node, 0);
    const products = Array.from({ length: inputs[1]!.shape[0]! }, (_, group) => {
      const matrix = graph.once(`matrix ${group} of ${w!}`, () => graph.node("Gather", [w!, graph.scalar(group, "int64")], { axis: 0 }));
      return graph.node("Gemm", [parts[group]!, matrix], { transB: attributes.transposed ? 1 : 0 });
    });
    const left = graph.node("Slice", [graph.node("Shape", [parts.at(-1)!]), graph.integers([0]), graph.integers([1])]);
    const zeros = graph.node("Expand", [graph.scalar(0, dtype), graph.node("Concat", [left, graph.integers([shape[1]!])], { axis: 0 })]);
    return graph.node("Concat", [...products, zeros], { axis: 0 });
  },
  gradient({ inputs, attributes }, [gradient]) {
    const [x, w, sizes] = inputs as [Value, Value, Value];
    const matrices = attributes.transposed ? swapLast(w) : w;
    const toX = groupedMatmul(gradient!, swapLast(matrices), sizes);
    return [toX, attributes.transposed ? groupedOuter(gradient!, x, sizes) : groupedOuter(x, gradient!, sizes), undefined];
  },
};

/** Inputs: rows (M, K), rows (M, N), and the sizes of the groups (G): the matrices (G, K, N) of each group's AᵀB. */
const groupedOuterOperator: Operator = {
  name: "groupedOuter",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower(graph, [a, b, sizes], node) {
    const [left, right] = [groupsOf(graph, a!, sizes!, node, 0), groupsOf(graph, b!, sizes!, node, 1)];
    const products = Array.from({ length: left.length - 1 }, (_, group) =>
      graph.node("Unsqueeze", [graph.node("Gemm", [left[group]!, right[group]!], { transA: 1 }), graph.integers([0])]),
    );
    return graph.node("Concat", products, { axis: 0 });
  },
  gradient({ inputs }, [gradient]) {
    const [a, b, sizes] = inputs as [Value, Value, Value];
    return [groupedMatmul(b, swapLast(gradient!), sizes), groupedMatmul(a, gradient!, sizes), undefined];
  },
};

function groupedOuter(a: Value, b: Value, sizes: Value): Value {
  const shape = [sizes.shape[0]!, a.shape[1]!, b.shape[1]!];
  if (sizeOf(a.shape) === 0 || sizeOf(b.shape) === 0) return broadcastTo(scalar(0, a.dtype), shape);
  return apply(groupedOuterOperator, [a, b, sizes], { shape, dtype: a.dtype });
}

/** The first rows times the first matrix, those after them times the second, and so on; zeros for what is left. */
export function groupedMatmul(x: Value, matrices: Value, sizes: Value): Value {
  if (x.dtype !== matrices.dtype || !isFloat(x.dtype)) {
    throw dtypeError("groupedMatmul", `it multiplies floats of one type, not ${x.dtype} and ${matrices.dtype}`, {
      hint: 'convert with .to("float32")',
    });
  }
  const fits = x.shape.length === 2 && matrices.shape.length === 3 && sizes.shape.length === 1;
  if (!fits || x.shape[1] !== matrices.shape[1] || matrices.shape[0] !== sizes.shape[0]) {
    throw shapeError("groupedMatmul", "the shapes do not fit", [x, matrices, sizes], {
      hint: "rows (M, K), a matrix for each group (G, K, N), and how many rows each group has (G)",
    });
  }
  const checked = groupSizesWithin(sizes, x.shape[0]!);
  const shape = [x.shape[0]!, matrices.shape[2]!];
  if (sizeOf(x.shape) === 0 || sizeOf(matrices.shape) === 0) return broadcastTo(scalar(0, x.dtype), shape);
  const inner = permutationOf(matrices);
  const transposed = inner !== undefined && inner.axes.join() === "0,2,1";
  return apply(groupedMatmulOperator, [x, transposed ? inner.of : matrices, checked], { shape, dtype: x.dtype }, { transposed });
}
