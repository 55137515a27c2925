/**
 * Matrix products. Operands that are other arrangements of what lies in memory are read there as far as ONNX Runtime's Gemm and FusedMatMul can,
 * where a Transpose would copy: with the last two axes exchanged, and with the first axis as that of the rows.
 */
import { scalar } from "../graph/constants.ts";
import { broadcastShapes, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import { apply, dtypeError, isFloat, shapeError, type Operator, type Value } from "../graph/value.ts";
import { broadcastTo, unbroadcast } from "./broadcast.ts";
import { permutationOf, permute, reshape, swapLast } from "./layout.ts";

/** How an operand is read: (N, …batch, D) as (…batch, N, D) when `rowsFirst`, then with the last two axes exchanged when `transposed`. */
interface Reading {
  value: Value;
  transposed: boolean;
  rowsFirst: boolean;
}

/** Attributes: transposeA and transposeB, rowsFirstA and rowsFirstB. Inputs: the operands as they lie. */
export const matmulOperator: Operator = {
  name: "matmul",
  memory: "own",
  elementwise: false,
  rounds: true,
  lower(graph, [a, b], { inputs, attributes }) {
    const flag = (name: string): number => (attributes[name] ? 1 : 0);
    const [transA, transB, transBatchA, transBatchB] = [flag("transposeA"), flag("transposeB"), flag("rowsFirstA"), flag("rowsFirstB")];
    if (transA + transB + transBatchA + transBatchB === 0) return graph.node("MatMul", [a!, b!]);
    const [{ shape, dtype }, { shape: other }] = inputs as [Value, Value];
    if (shape.length === 2 && other.length === 2) return graph.node("Gemm", [a!, b!], { transA, transB });
    if (dtype === "float32" && graph.device !== "webgpu") {
      return graph.microsoft("FusedMatMul", [a!, b!], { transA, transB, transBatchA, transBatchB });
    }
    const plain = (name: string, { length: rank }: Shape, isRowsFirst: number, isTransposed: number): string => {
      const rows = isRowsFirst ? rowsFromFront(rank) : [...Array(rank).keys()];
      const perm = isTransposed ? swapped(rows) : rows;
      return isRowsFirst + isTransposed === 0 ? name : graph.node("Transpose", [name], { perm });
    };
    return graph.node("MatMul", [plain(a!, shape, transBatchA, transA), plain(b!, other, transBatchB, transB)]);
  },
  gradient({ inputs, attributes }, [given]) {
    const [a, b] = inputs as [Value, Value];
    const gradient = given!;
    const { transposeA, transposeB, rowsFirstA, rowsFirstB } = attributes;
    // C = A·B gives dA = dC·Bᵀ and dB = Aᵀ·dC; where A was read transposed, its gradient comes out transposed.
    const [left, right] = [logical(a, transposeA, rowsFirstA), logical(b, transposeB, rowsFirstB)];
    const toA = transposeA ? product(right, swapLast(gradient)) : product(gradient, swapLast(right));
    const toB = transposeB ? product(swapLast(gradient), left) : product(swapLast(left), gradient);
    const back = (found: Value, { shape }: Value, wasRowsFirst: unknown): Value =>
      wasRowsFirst ? permute(found, rowsToFront(shape.length)) : unbroadcast(found, shape);
    return [back(toA, a, rowsFirstA), back(toB, b, rowsFirstB)];
  },
};

const rowsToFront = (rank: number): number[] => [rank - 2, ...Array(rank - 2).keys(), rank - 1];
const swapped = (axes: readonly number[]): number[] => [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!];
const rowsFromFront = (rank: number): number[] => [...Array(rank - 2).keys()].map((axis) => axis + 1).concat(0, rank - 1);

/** The operand as the product means it. */
function logical(value: Value, transposed: unknown, rowsFirst: unknown): Value {
  const rows = rowsFirst ? permute(value, rowsFromFront(value.shape.length)) : value;
  return transposed ? swapLast(rows) : rows;
}

/** What to multiply and how to read it. */
function reading(x: Value, mayBeRowsFirst: boolean): Reading {
  const inner = permutationOf(x);
  const rank = x.shape.length;
  const inOrder = [...Array(rank).keys()];
  const is = (axes: readonly number[]): boolean => inner !== undefined && sameShape(inner.axes, axes);
  if (is(swapped(inOrder))) return { value: inner!.of, transposed: true, rowsFirst: false };
  if (mayBeRowsFirst && is(rowsFromFront(rank))) return { value: inner!.of, transposed: false, rowsFirst: true };
  if (mayBeRowsFirst && is(swapped(rowsFromFront(rank)))) return { value: inner!.of, transposed: true, rowsFirst: true };
  return { value: x, transposed: false, rowsFirst: false };
}

/** For operands of at least two axes. */
function product(a: Value, b: Value): Value {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const [other, columns] = b.shape.slice(-2) as [number, number];
  if (inner !== other) {
    throw shapeError("matmul", `the inner sizes ${inner} and ${other} differ`, [a, b], {
      hint: "columns of the first must equal rows of the second; transpose one with .T",
    });
  }
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (!batch) throw shapeError("matmul", "the leading axes do not broadcast", [a, b], { hint: "sizes must be equal or 1" });
  if (inner === 0) return broadcastTo(scalar(0, a.dtype), [...batch, rows, columns]); // a sum of nothing
  // A batch of rows against one matrix is one large product: faster than many small ones, and its gradient needs no sum.
  if (a.shape.length > 2 && b.shape.length === 2) {
    return reshape(product(reshape(a, [sizeOf(a.shape.slice(0, -1)), inner]), b), [...a.shape.slice(0, -1), columns]);
  }
  const mayBeRowsFirst = a.dtype === "float32" && a.shape.length > 2 && sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [left, right] = [reading(a, mayBeRowsFirst), reading(b, mayBeRowsFirst)];
  const attributes = {
    transposeA: left.transposed,
    transposeB: right.transposed,
    rowsFirstA: left.rowsFirst,
    rowsFirstB: right.rowsFirst,
  };
  return apply(matmulOperator, [left.value, right.value], { shape: [...batch, rows, columns], dtype: a.dtype }, attributes);
}

/**
 * Matrix product of the last two axes, the axes before them broadcast; a vector counts as a row on the left and as a column on the right,
 * and its axis is gone from the result.
 */
export function matmul(a: Value, b: Value): Value {
  if (a.dtype !== b.dtype || !isFloat(a.dtype)) {
    throw dtypeError("matmul", `it multiplies floats of one type, not ${a.dtype} and ${b.dtype}`, { hint: 'convert with .to("float32")' });
  }
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw shapeError("matmul", "a scalar is no matrix", [a, b], { hint: "multiply by a scalar with .mul()" });
  }
  const left = a.shape.length === 1 ? reshape(a, [1, a.shape[0]!]) : a;
  const right = b.shape.length === 1 ? reshape(b, [b.shape[0]!, 1]) : b;
  const full = product(left, right);
  const shape: Shape = full.shape.filter(
    (_, axis) => !(a.shape.length === 1 && axis === full.shape.length - 2) && !(b.shape.length === 1 && axis === full.shape.length - 1),
  );
  return reshape(full, shape);
}
