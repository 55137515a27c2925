/** Linear layers x·Wᵀ + b in a graph: in floats, with int8 weights, with 4 bits. */
import type { GraphBuilder } from "../../onnx/index.ts";
import type { QuantizedMatrix } from "../../tensor/index.ts";
import type { EncoderWeights } from "./weights.ts";

export type EncoderDType = "fp32" | "fp16" | "q8" | "q4";

/** Adds x·Wᵀ + b to a graph and returns the name of the result; x is (rows, in). */
export type AddLinear = (x: string, layer: string) => string;

/** In the type of x and the weights, which are (out, in), as PyTorch keeps them. */
export function floatLinear(graph: GraphBuilder, weights: EncoderWeights): AddLinear {
  return (x, layer) =>
    graph.node("Gemm", [x, weights.add(graph, `${layer}.weight`), weights.add(graph, `${layer}.bias`)], { attributes: { transB: 1 } });
}

/**
 * Weights as int8 with one scale for each output; inputs become uint8 as they come, with one scale for a batch, and the products are summed in
 * int32. One scale for all suits inputs of like size, and a few channels after a LayerNorm are far larger than the rest: what is too large there
 * moves into the weights (Xiao et al. 2023, SmoothQuant, arXiv:2211.10438, with the norm's own parameters in place of calibration data).
 *
 * @param layers The linear layers, each with the norm whose output it takes, if it takes one.
 */
export async function int8Linear(
  graph: GraphBuilder,
  weights: EncoderWeights,
  layers: ReadonlyMap<string, string | undefined>,
): Promise<AddLinear> {
  const quantized = new Map<string, QuantizedRows & { smoothing: Float32Array | undefined }>();
  for (const [layer, norm] of layers) {
    const [outputs, inputs] = weights.shape(`${layer}.weight`) as [number, number];
    const rows = (await weights.float32(`${layer}.weight`)).slice();
    const factors = norm === undefined ? undefined : smoothing(rows, await channelSizes(weights, norm));
    quantized.set(layer, { ...quantizeRows(rows, outputs, inputs), smoothing: factors });
  }
  return (x, layer) => {
    const { codes, scales, smoothing: factors } = quantized.get(layer)!;
    const [outputs, inputs] = weights.shape(`${layer}.weight`) as [number, number];
    const even = factors ? graph.node("Div", [x, graph.constant(`${layer}.smoothing`, factors)]) : x;
    return graph.node(
      "DynamicQuantizeMatMul",
      [
        even,
        graph.constant(`${layer}.codes`, codes, [inputs, outputs]),
        graph.constant(`${layer}.scales`, scales),
        graph.constant(`${layer}.zeros`, new Int8Array(outputs)),
        weights.add(graph, `${layer}.bias`),
      ],
      { domain: "com.microsoft" },
    );
  };
}

/** Weights in 4 bits as the file has them; inputs become 8 bits, block by block. */
export function int4Linear(graph: GraphBuilder, weights: EncoderWeights): AddLinear {
  return (x, layer) => {
    const matrix = weights.quantized!(`${layer}.weight`)!;
    const { rows, columns, bits, blockSize } = matrix;
    const blocks = columns / blockSize;
    const data = graph.constant(`${layer}.weight`, matrix.data, [rows, blocks, (blockSize * bits) / 8]);
    const scales = graph.constant(`${layer}.scales`, matrix.scales, [rows * blocks]);
    return graph.node("MatMulNBits", [x, data, scales, "", "", weights.add(graph, `${layer}.bias`)], {
      domain: "com.microsoft",
      attributes: { K: columns, N: rows, bits, block_size: blockSize, accuracy_level: 4 },
    });
  };
}

/** The rows at the ids, made whole; the table stays in 4 bits. */
export function int4Rows(graph: GraphBuilder, name: string, matrix: QuantizedMatrix, ids: string): string {
  const { rows, columns, bits, blockSize, data, scales } = matrix;
  const table = graph.constant(name, data, [rows, columns / 2]);
  return graph.node("GatherBlockQuantized", [table, ids, graph.constant(`${name}.scales`, scales, [rows, columns / blockSize])], {
    domain: "com.microsoft",
    attributes: { gather_axis: 0, quantize_axis: 1, block_size: blockSize, bits },
  });
}

/** How large a normalised channel gets, apart from outliers: three standard deviations, scaled and shifted. */
async function channelSizes(weights: EncoderWeights, norm: string): Promise<Float32Array> {
  const [scale, shift] = await Promise.all([weights.float32(`${norm}.weight`), weights.float32(`${norm}.bias`)]);
  return scale.map((value, channel) => 3 * Math.abs(value) + Math.abs(shift[channel]!));
}

/** By what to divide each input channel; the weights (out, in) are multiplied by it in place. SmoothQuant's eq. 4 with α = 0.5. */
function smoothing(weights: Float32Array, channels: Float32Array): Float32Array {
  const largest = new Float32Array(channels.length);
  for (let index = 0; index < weights.length; index++) {
    const input = index % channels.length;
    largest[input] = Math.max(largest[input]!, Math.abs(weights[index]!));
  }
  const factors = channels.map((size, input) => (size > 0 && largest[input]! > 0 ? Math.sqrt(size / largest[input]!) : 1));
  for (let index = 0; index < weights.length; index++) weights[index]! *= factors[index % channels.length]!;
  return factors;
}

interface QuantizedRows {
  codes: Int8Array;
  /** One for each output. */
  scales: Float32Array;
}

/** 7 bits: processors without VNNI add two products of 8 bits each in 16, which overflows. */
const largestCode = 63;

/** (out, in) float32 → (in, out) int8, with w ≈ code · scale of its output. */
function quantizeRows(weights: Float32Array, outputs: number, inputs: number): QuantizedRows {
  const codes = new Int8Array(weights.length);
  const scales = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const row = weights.subarray(output * inputs, (output + 1) * inputs);
    let largest = 0;
    for (let input = 0; input < inputs; input++) largest = Math.max(largest, Math.abs(row[input]!));
    const scale = largest / largestCode || 1;
    scales[output] = scale;
    for (let input = 0; input < inputs; input++) codes[input * outputs + output] = Math.round(row[input]! / scale);
  }
  return { codes, scales };
}
