/**
 * Random numbers that depend on nothing but the seed and their place: each is a hash of both, as in counter-based generators (Salmon et al. 2011,
 * "Parallel random numbers: as easy as 1, 2, 3"). So a compiled step draws the same numbers as an eager one, on every machine, and what has
 * been drawn is known from the seed alone. The mixer is lowbias32 (Wellons 2018, nullprogram.com/blog/2018/07/31): of the place, and then of
 * that and 64 bits which the seed gives. The first is the same each time, so ONNX Runtime computes it once, when it opens the session.
 */
import type { Lowering } from "../graph/lowering.ts";
import { apply, dtypeError, shapeError, type Operator, type Value } from "../graph/value.ts";
import { sizeOf, type Shape } from "../graph/shape.ts";

const operator: Operator = {
  name: "random",
  memory: "own",
  elementwise: false,
  lower: (graph, [seed], { outputs, attributes }) => {
    const { shape } = outputs[0]!;
    const bits = randomBits(graph, seed!, sizeOf(shape), attributes.stream as number);
    // The upper 24 bits: as many as a float32 holds exactly.
    const upper = graph.node("BitShift", [bits, word(graph, 8)], { direction: "RIGHT" });
    const uniform = graph.node("Mul", [graph.cast(upper, "float32"), graph.scalar(2 ** -24, "float32")]);
    return graph.node("Reshape", [uniform, graph.integers(shape)], { allowzero: 1 });
  },
};

const word = (graph: Lowering, value: number): string => graph.cast(graph.scalar(value, "int64"), "uint32");

/** 32 random bits for each place. */
function randomBits(graph: Lowering, seed: string, count: number, stream: number): string {
  const seed64 = graph.cast(seed, "uint64");
  const low = graph.cast(seed64, "uint32");
  const thirtyTwo = graph.cast(graph.scalar(32, "int64"), "uint64");
  const high = graph.cast(graph.node("BitShift", [seed64, thirtyTwo], { direction: "RIGHT" }), "uint32");
  // Both words go into the second key: a sequence with only the first key changed would be the same one, shifted.
  const first = mix(graph, graph.node("Add", [low, word(graph, (0x9e3779b9 + stream * 0x85ebca6b) % 2 ** 32)]));
  const second = mix(graph, graph.node("BitwiseXor", [high, graph.node("Add", [first, word(graph, 0x6a09e667)])]));
  const indices = graph.once(`mixed indices ${count}`, () => {
    const range = graph.node("Range", [graph.scalar(0, "int64"), graph.scalar(count, "int64"), graph.scalar(1, "int64")]);
    return mix(graph, graph.cast(range, "uint32"));
  });
  return graph.node("Add", [mix(graph, graph.node("BitwiseXor", [indices, second])), first]);
}

function mix(graph: Lowering, x: string): string {
  const shifted = (value: string, by: number): string =>
    graph.node("BitwiseXor", [value, graph.node("BitShift", [value, word(graph, by)], { direction: "RIGHT" })]);
  const once = graph.node("Mul", [shifted(x, 16), word(graph, 0x7feb352d)]);
  return shifted(graph.node("Mul", [shifted(once, 15), word(graph, 0x846ca68b)]), 16);
}

/**
 * float32 numbers in [0, 1), multiples of 2⁻²⁴.
 *
 * @param seed An int64 scalar.
 * @param stream Another number gives independent numbers for the same seed.
 */
export function random(shape: Shape, seed: Value, stream: number = 0): Value {
  if (seed.dtype !== "int64") throw dtypeError("random", `a seed is int64, not ${seed.dtype}`, { hint: 'convert it with .to("int64")' });
  if (sizeOf(seed.shape) !== 1) throw shapeError("random", "the seed is not one number", [seed], { hint: "give a scalar" });
  return apply(operator, [seed], { shape, dtype: "float32" }, { stream });
}
