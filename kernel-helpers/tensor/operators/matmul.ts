/**
 * Matrix products. Operands that are transposed views of others are taken as they are, with a flag: ONNX Runtime's Gemm and FusedMatMul read
 * them in place, where a Transpose would copy.
 */
import { broadcastShapes, sizeOf, type Shape } from "../graph/shape.ts";
import { apply, dtypeError, isFloat, shapeError, type Operator, type Value } from "../graph/value.ts";
import { unbroadcast } from "./broadcast.ts";
import { permutationOf, reshape, swapLast } from "./layout.ts";

const operator: Operator = {
  name: "matmul",
  lower(graph, [a, b], { inputs, attributes, outputs }) {
    const [transA, transB] = [attributes.transposeA ? 1 : 0, attributes.transposeB ? 1 : 0];
    if (transA + transB === 0) return graph.node("MatMul", [a!, b!]);
    if (inputs.every(({ shape }) => shape.length === 2)) return graph.node("Gemm", [a!, b!], { transA, transB });
    if (outputs[0]!.dtype === "float32") return graph.microsoft("FusedMatMul", [a!, b!], { transA, transB });
    const plain = (name: string, rank: number): string =>
      graph.node("Transpose", [name], { perm: [...Array(rank - 2).keys(), rank - 1, rank - 2] });
    return graph.node("MatMul", [transA ? plain(a!, inputs[0]!.shape.length) : a!, transB ? plain(b!, inputs[1]!.shape.length) : b!]);
  },
  gradient({ inputs, attributes }, [given]) {
    const [a, b] = inputs as [Value, Value];
    const gradient = given!;
    // C = A·B gives dA = dC·Bᵀ and dB = Aᵀ·dC; where A was read transposed, its gradient comes out transposed.
    const [left, right] = [attributes.transposeA ? swapLast(a) : a, attributes.transposeB ? swapLast(b) : b];
    const toA = attributes.transposeA ? product(right, swapLast(gradient)) : product(gradient, swapLast(right));
    const toB = attributes.transposeB ? product(swapLast(gradient), left) : product(swapLast(left), gradient);
    return [unbroadcast(toA, a.shape), unbroadcast(toB, b.shape)];
  },
};

/** What to multiply and whether to read it transposed. */
function operand(x: Value): { value: Value; transposed: boolean } {
  const inner = permutationOf(x);
  const rank = x.shape.length;
  const isSwap = inner?.axes.every((axis, place) => axis === (place < rank - 2 ? place : place === rank - 2 ? rank - 1 : rank - 2));
  return inner && isSwap ? { value: inner.of, transposed: true } : { value: x, transposed: false };
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
  // A batch of rows against one matrix is one large product: faster than many small ones, and its gradient needs no sum.
  if (a.shape.length > 2 && b.shape.length === 2) {
    return reshape(product(reshape(a, [sizeOf(a.shape.slice(0, -1)), inner]), b), [...a.shape.slice(0, -1), columns]);
  }
  const [left, right] = [operand(a), operand(b)];
  const attributes = { transposeA: left.transposed, transposeB: right.transposed };
  return apply(operator, [left.value, right.value], { shape: [...batch, rows, columns], dtype: a.dtype }, attributes);
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
