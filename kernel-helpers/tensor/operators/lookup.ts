/** Reading and writing at indices that are themselves numbers: take and its scattered gradient, gather and scatterAdd. */
import { scalar } from "../graph/constants.ts";
import { formatShape, normalizeAxis, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import { apply, dtypeError, shapeError, type Operator, type Value } from "../graph/value.ts";
import { broadcastTo } from "./broadcast.ts";
import { inRange } from "./conditions.ts";
import { permute } from "./layout.ts";

/** The indices along an axis of x, checked as PyTorch's index_select, gather and scatter_add do: negative ones are errors, too. */
const indicesOf = (operation: string, x: Value, axis: number, indices: Value): Value =>
  inRange(indices, { operation, size: x.shape[axis]!, of: `axis ${axis} of ${formatShape(x.shape)}` });

const takeOperator: Operator = {
  name: "take",
  memory: "own",
  elementwise: false,
  lower: (graph, inputs, { attributes }) => graph.node("Gather", inputs, { axis: attributes.axis as number }),
  gradient: ({ inputs, attributes }, [gradient]) => {
    const [x, ids] = inputs as [Value, Value];
    const axis = attributes.axis as number;
    const rank = ids.shape.length;
    // Rows first: the indices' axes to the front, the gradients as (…indices, …rest), added up row by row.
    const rest = x.shape.toSpliced(axis, 1);
    const order = [
      ...ids.shape.map((_, position) => axis + position),
      ...rest.map((_, position) => (position < axis ? position : position + rank)),
    ];
    const rows = addRows(ids, permute(gradient!, order), [x.shape[axis]!, ...rest]);
    const back = x.shape.map((_, position) => (position === axis ? 0 : position < axis ? position + 1 : position));
    return [permute(rows, back), undefined];
  },
};

/** Adds rows (…indices, …rest) to zeros (count, …rest) at the indices. */
const addRowsOperator: Operator = {
  name: "addRows",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, [ids, rows], { outputs }) => {
    const { shape, dtype } = outputs[0]!;
    const zeros = graph.node("Expand", [graph.scalar(0, dtype), graph.integers(shape)]);
    const indices = graph.node("Unsqueeze", [ids!, graph.integers([-1])]);
    return graph.node("ScatterND", [zeros, indices, rows!], { reduction: "add" });
  },
  gradient: ({ inputs }, [gradient]) => [undefined, take(gradient!, inputs[0]!, 0)],
};

/** The rows (…indices, …rest) added to zeros (count, …rest) at the indices. */
function addRows(indices: Value, rows: Value, shape: Shape): Value {
  if (sizeOf(rows.shape) === 0) return broadcastTo(scalar(0, rows.dtype), shape);
  return apply(addRowsOperator, [indices, rows], { shape, dtype: rows.dtype });
}

/** x at the indices along the axis: (…, N, …) and indices of any shape give (…, …indices, …). Indices run from 0 to N − 1. */
export function take(x: Value, ids: Value, axis: number): Value {
  if (x.shape.length === 0) throw shapeError("take", "a scalar has no axes", [x], { hint: "take from a tensor with at least one axis" });
  const along = normalizeAxis("take", axis, x.shape.length);
  const indices = indicesOf("take", x, along, ids);
  return apply(takeOperator, [x, indices], { shape: x.shape.toSpliced(along, 1, ...ids.shape), dtype: x.dtype }, { axis: along });
}

const gatherOperator: Operator = {
  name: "gather",
  memory: "own",
  elementwise: false,
  lower: (graph, inputs, { attributes }) => graph.node("GatherElements", inputs, { axis: attributes.axis as number }),
  gradient: ({ inputs, attributes }, [gradient]) => {
    const [x, indices] = inputs as [Value, Value];
    return [scatterAdd(broadcastTo(scalar(0, x.dtype), x.shape), indices, gradient!, attributes.axis as number), undefined];
  },
};

/** result[i][j] = x[indices[i][j]][j] along axis 0, and likewise for the others, as torch.gather. */
export function gather(x: Value, indices: Value, axis: number): Value {
  const along = normalizeAxis("gather", axis, x.shape.length);
  const fits = indices.shape.length === x.shape.length && indices.shape.every((size, other) => other === along || size <= x.shape[other]!);
  if (!fits)
    throw shapeError("gather", "the indices do not fit", [x, indices], { hint: "as many axes, and no longer than x but along the axis" });
  return apply(gatherOperator, [x, indicesOf("gather", x, along, indices)], { shape: indices.shape, dtype: x.dtype }, { axis: along });
}

const scatterAddOperator: Operator = {
  name: "scatterAdd",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower: (graph, inputs, { attributes }) => graph.node("ScatterElements", inputs, { axis: attributes.axis as number, reduction: "add" }),
  gradient: ({ inputs, attributes }, [gradient]) => [gradient, undefined, gather(gradient!, inputs[1]!, attributes.axis as number)],
};

/** x with the numbers added at the indices along the axis, as torch.scatter_add. */
export function scatterAdd(x: Value, indices: Value, numbers: Value, axis: number): Value {
  const along = normalizeAxis("scatterAdd", axis, x.shape.length);
  if (numbers.dtype !== x.dtype) {
    throw dtypeError("scatterAdd", `${numbers.dtype} does not go into ${x.dtype}`, { hint: `convert with .to("${x.dtype}")` });
  }
  const fits = indices.shape.length === x.shape.length && indices.shape.every((size, other) => other === along || size <= x.shape[other]!);
  if (!fits || !sameShape(indices.shape, numbers.shape)) {
    throw shapeError("scatterAdd", "indices and numbers do not fit", [x, indices, numbers], {
      hint: "one index for each number, as many axes as x, and no longer than x but along the axis",
    });
  }
  const checked = indicesOf("scatterAdd", x, along, indices);
  if (sizeOf(numbers.shape) === 0) return x;
  return apply(scatterAddOperator, [x, checked, numbers], x, { axis: along });
}
