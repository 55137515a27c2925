/**
 * Products with a matrix that stays in 4 or 8 bits (Dettmers et al. 2023, "QLoRA", arXiv:2305.14314). The product itself multiplies integers, with x
 * rounded to 8 bits block by block, as models run in inference; the gradient goes back through the numbers that the matrix stands for, which are
 * made for it when it is there, and only then.
 */
import { falseOnceComputed } from "../../onnx/index.ts";
import type { Lowering } from "../graph/lowering.ts";
import { sizeOf } from "../graph/shape.ts";
import { apply, shapeError, type GraphNode, type Operator, type Value } from "../graph/value.ts";
import { reshape } from "./layout.ts";
import { matmul } from "./matmul.ts";

/** A matrix (rows, columns) in blocks of integers q: each stands for scale · (q − 2^(bits − 1)) + offset. */
export interface QuantizedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly bits: 4 | 8;
  /** Numbers that share a scale; a divisor of the columns. */
  readonly blockSize: number;
  /** (rows, blocks of a row, bytes of a block): two 4-bit integers to a byte, the first one low. */
  readonly data: Uint8Array;
  /** (rows, blocks of a row). */
  readonly scales: Float32Array;
  /** (rows, blocks of a row). @default 0 */
  readonly offsets?: Float32Array | undefined;
}

const matrices = new WeakMap<QuantizedMatrix, number>();
let lastNumber = 0;

function numberOf(matrix: QuantizedMatrix): number {
  const number = matrices.get(matrix) ?? ++lastNumber;
  matrices.set(matrix, number);
  return number;
}

/** The matrix's arrays as constants of the graph, each made once. */
function lowerParts(graph: Lowering, matrix: QuantizedMatrix): { data: string; scales: string; offsets: string | undefined } {
  const { rows, columns, bits, blockSize, data, scales, offsets } = matrix;
  const blocks = columns / blockSize;
  const name = `quantized_${numberOf(matrix)}`;
  const part = (kind: string, make: () => string): string => graph.once(`${name}_${kind}`, make);
  return {
    data: part("data", () => graph.graph.constant(`${name}_data`, data, [rows, blocks, (blockSize * bits) / 8])),
    scales: part("scales", () => graph.graph.constant(`${name}_scales`, scales, [rows, blocks])),
    offsets: offsets && part("offsets", () => graph.graph.constant(`${name}_offsets`, offsets, [rows, blocks])),
  };
}

/** Operators belong to their matrix: it is not a value of the graph, but what the operator is. */
const operators = new WeakMap<QuantizedMatrix, { product: Operator; numbers: Operator }>();

function operatorsFor(matrix: QuantizedMatrix): { product: Operator; numbers: Operator } {
  const known = operators.get(matrix);
  if (known) return known;
  const numbers: Operator = {
    name: "quantizedNumbers",
    memory: "own",
    elementwise: false,
    lower: (graph, [waitedFor]) => lowerNumbers(graph, matrix, waitedFor!),
    gradient: () => [undefined],
  };
  const product: Operator = {
    name: "quantizedMatmul",
    memory: "own",
    elementwise: false,
    lower: (graph, [x]) => lowerProduct(graph, matrix, x!),
    gradient: (_node: GraphNode, [gradient]) => {
      const made = apply(numbers, [gradient!], { shape: [matrix.rows, matrix.columns], dtype: "float32" }, { matrix: numberOf(matrix) });
      return [matmul(gradient!, made)];
    },
  };
  const both = { product, numbers };
  operators.set(matrix, both);
  return both;
}

/** x·Wᵀ, by MatMulNBits; offsets, which that has not, by a product a block's length smaller: Σ (d q + o) x = Σ d q x + Σ o · (the sum of the block's x). */
function lowerProduct(graph: Lowering, matrix: QuantizedMatrix, x: string): string {
  const { rows, columns, bits, blockSize } = matrix;
  const { data, scales, offsets } = lowerParts(graph, matrix);
  const flat = graph.once(`${scales} in a row`, () => graph.graph.constant(`${scales}_row`, matrix.scales));
  const product = graph.microsoft("MatMulNBits", [x, data, flat], { K: columns, N: rows, bits, block_size: blockSize, accuracy_level: 4 });
  if (offsets === undefined) return product;
  const sums = graph.once(`sums of ${blockSize} of ${x}`, () => {
    const inBlocks = graph.node("Reshape", [x, graph.integers([-1, columns / blockSize, blockSize])]);
    return graph.node("ReduceSum", [inBlocks, graph.integers([-1])], { keepdims: 0 });
  });
  return graph.node("Add", [product, graph.node("Gemm", [sums, offsets], { transB: 1 })]);
}

/** The matrix in float32, once a value is there. Without waiting, ONNX Runtime would make it when it opens the session, and keep it. */
function lowerNumbers(graph: Lowering, matrix: QuantizedMatrix, waitedFor: string): string {
  const { rows, columns, bits, blockSize } = matrix;
  const { data, scales, offsets } = lowerParts(graph, matrix);
  const blocks = columns / blockSize;
  const byte = (value: number): string => graph.once(`uint8 ${value}`, () => graph.cast(graph.scalar(value, "int64"), "uint8"));
  const first = graph.node("Slice", [graph.node("Reshape", [waitedFor, graph.integers([-1])]), graph.integers([0]), graph.integers([1])]);
  const zero = graph.cast(falseOnceComputed(graph.graph, [first]), "uint8");
  const late = graph.node("BitwiseOr", [data, zero]);
  const whole = bits === 8 ? late : nibbles(graph, late, byte, [rows, blocks, blockSize]);
  const centred = graph.node("Sub", [graph.cast(whole, "float32"), graph.scalar(2 ** (bits - 1), "float32")]);
  const perBlock = (name: string): string => graph.node("Unsqueeze", [name, graph.integers([-1])]);
  const scaled = graph.node("Mul", [centred, perBlock(scales)]);
  const numbers = offsets === undefined ? scaled : graph.node("Add", [scaled, perBlock(offsets)]);
  return graph.node("Reshape", [numbers, graph.integers([rows, columns])]);
}

function nibbles(graph: Lowering, pairs: string, byte: (value: number) => string, shape: readonly number[]): string {
  const sides = [graph.node("BitwiseAnd", [pairs, byte(15)]), graph.node("BitShift", [pairs, byte(4)], { direction: "RIGHT" })];
  const apart = sides.map((side) => graph.node("Unsqueeze", [side, graph.integers([-1])]));
  return graph.node("Reshape", [graph.node("Concat", apart, { axis: -1 }), graph.integers(shape)]);
}

/** x (…, columns) · Wᵀ → (…, rows). */
export function quantizedMatmul(x: Value, matrix: QuantizedMatrix): Value {
  const { rows, columns } = matrix;
  if (x.shape.at(-1) !== columns) {
    throw shapeError("quantizedMatmul", `the rows of the matrix have ${columns} numbers`, [x], {
      hint: "the last axis of x must be as long",
    });
  }
  const lead = x.shape.slice(0, -1);
  const flat = reshape(x, [sizeOf(lead), columns]);
  const type = { shape: [sizeOf(lead), rows], dtype: "float32" } as const;
  return reshape(apply(operatorsFor(matrix).product, [flat], type, { matrix: numberOf(matrix) }), [...lead, rows]);
}
