/** Reading and writing at places that are themselves numbers: take and its scattered gradient, gather and scatterAdd. */
import { scalar } from "../graph/constants.ts";
import { normalizeAxis, sameShape } from "../graph/shape.ts";
import type { Lowering } from "../graph/lowering.ts";
import { apply, dtypeError, shapeError, type DType, type Operator, type Value } from "../graph/value.ts";
import { broadcastTo } from "./broadcast.ts";
import { onnxCodes } from "./elementwise.ts";
import { permute } from "./layout.ts";

function checkIndices(operation: string, indices: Value): void {
  if (indices.dtype !== "int64") {
    throw dtypeError(operation, `places are int64, not ${indices.dtype}`, { hint: 'convert them with .to("int64")' });
  }
}

const takeOperator: Operator = {
  name: "take",
  memory: "own",
  elementwise: false,
  lower: (graph, inputs, { attributes }) => graph.node("Gather", inputs, { axis: attributes.axis as number }),
  gradient: ({ inputs, attributes }, [gradient]) => {
    const [x, ids] = inputs as [Value, Value];
    const axis = attributes.axis as number;
    const rank = ids.shape.length;
    // Rows first: the places' axes to the front, the gradients as (…places, …rest), added up row by row.
    const rest = x.shape.toSpliced(axis, 1);
    const order = [
      ...ids.shape.map((_, position) => axis + position),
      ...rest.map((_, position) => (position < axis ? position : position + rank)),
    ];
    const rows = apply(addRowsOperator, [ids, permute(gradient!, order)], { shape: [x.shape[axis]!, ...rest], dtype: x.dtype });
    const back = x.shape.map((_, position) => (position === axis ? 0 : position < axis ? position + 1 : position));
    return [permute(rows, back), undefined];
  },
};

/** ONNX Runtime's CPU provider adds up float32, not float16, and more exactly. */
export function addInFloat32(
  graph: Lowering,
  dtype: DType,
  numbers: readonly string[],
  scatter: (numbers: readonly string[]) => string,
): string {
  if (dtype !== "float16") return scatter(numbers);
  const as = (value: string, type: DType): string => graph.node("Cast", [value], { to: onnxCodes[type] });
  return as(scatter(numbers.map((value) => as(value, "float32"))), dtype);
}

/** Adds rows (…places, …rest) to zeros (count, …rest) at the places. */
const addRowsOperator: Operator = {
  name: "addRows",
  memory: "own",
  elementwise: false,
  lower: (graph, [ids, rows], { outputs }) => {
    const { shape, dtype } = outputs[0]!;
    const zeros = graph.node("Expand", [graph.scalar(0, dtype), graph.integers(shape)]);
    const places = graph.node("Unsqueeze", [ids!, graph.integers([-1])]);
    return addInFloat32(graph, dtype, [zeros, rows!], ([sum, numbers]) =>
      graph.node("ScatterND", [sum!, places, numbers!], { reduction: "add" }),
    );
  },
  gradient: ({ inputs }, [gradient]) => [undefined, take(gradient!, inputs[0]!, 0)],
};

/** x at the places along the axis: (…, N, …) and places of any shape give (…, …places, …). Places must lie within 0 … N − 1. */
export function take(x: Value, ids: Value, axis: number): Value {
  checkIndices("take", ids);
  if (x.shape.length === 0) throw shapeError("take", "a scalar has no places", [x], { hint: "take from a tensor with at least one axis" });
  const along = normalizeAxis("take", axis, x.shape.length);
  return apply(takeOperator, [x, ids], { shape: x.shape.toSpliced(along, 1, ...ids.shape), dtype: x.dtype }, { axis: along });
}

const gatherOperator: Operator = {
  name: "gather",
  memory: "own",
  elementwise: false,
  lower: (graph, inputs, { attributes }) => graph.node("GatherElements", inputs, { axis: attributes.axis as number }),
  gradient: ({ inputs, attributes }, [gradient]) => {
    const [x, places] = inputs as [Value, Value];
    return [scatterAdd(broadcastTo(scalar(0, x.dtype), x.shape), places, gradient!, attributes.axis as number), undefined];
  },
};

/** result[i][j] = x[places[i][j]][j] along axis 0, and likewise for the others, as torch.gather. */
export function gather(x: Value, places: Value, axis: number): Value {
  checkIndices("gather", places);
  const along = normalizeAxis("gather", axis, x.shape.length);
  const fits = places.shape.length === x.shape.length && places.shape.every((size, other) => other === along || size <= x.shape[other]!);
  if (!fits)
    throw shapeError("gather", "the places do not fit", [x, places], { hint: "as many axes, and no longer than x but along the axis" });
  return apply(gatherOperator, [x, places], { shape: places.shape, dtype: x.dtype }, { axis: along });
}

const scatterAddOperator: Operator = {
  name: "scatterAdd",
  memory: "own",
  elementwise: false,
  lower: (graph, [x, places, numbers], { attributes, outputs }) =>
    addInFloat32(graph, outputs[0]!.dtype, [x!, numbers!], ([sum, added]) =>
      graph.node("ScatterElements", [sum!, places!, added!], { axis: attributes.axis as number, reduction: "add" }),
    ),
  gradient: ({ inputs, attributes }, [gradient]) => [gradient, undefined, gather(gradient!, inputs[1]!, attributes.axis as number)],
};

/** x with the numbers added at the places along the axis, as torch.scatter_add. */
export function scatterAdd(x: Value, places: Value, numbers: Value, axis: number): Value {
  checkIndices("scatterAdd", places);
  const along = normalizeAxis("scatterAdd", axis, x.shape.length);
  if (numbers.dtype !== x.dtype) {
    throw dtypeError("scatterAdd", `${numbers.dtype} does not go into ${x.dtype}`, { hint: `convert with .to("${x.dtype}")` });
  }
  if (!sameShape(places.shape, numbers.shape) || places.shape.length !== x.shape.length) {
    throw shapeError("scatterAdd", "places and numbers do not fit", [x, places, numbers], {
      hint: "one place for each number, axes as x has",
    });
  }
  return apply(scatterAddOperator, [x, places, numbers], x, { axis: along });
}
