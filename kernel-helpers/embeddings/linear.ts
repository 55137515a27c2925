/** Linear layers x·Wᵀ + b from a PyTorch checkpoint, in float32 and with int8 weights. */
import type { Safetensors } from "../checkpoints/index.ts";
import { FormatError } from "../errors.ts";
import type { GraphBuilder } from "../onnx/index.ts";

export type EncoderDType = "fp32" | "q8";

/**
 * Adds x·Wᵀ + b to a graph and returns the name of the result.
 *
 * @param x (rows, in).
 * @param normBefore The LayerNorm whose output x is, if it is one.
 */
export type AddLinear = (x: string, layer: string, normBefore?: string) => Promise<string>;

/**
 * Adds a checkpoint's tensor to the graph by its offset in the file: ONNX Runtime reads it from there.
 *
 * @throws {FormatError} The tensor is not float32.
 */
export function addTensor(graph: GraphBuilder, checkpoint: Safetensors, name: string, location: string): string {
  const { dtype, shape, offset, bytes } = checkpoint.info(name);
  if (dtype !== "F32") {
    throw new FormatError(`tensor "${name}" of ${checkpoint.file} has the type ${dtype}, and an encoder is built from F32`, {
      hint: "use a checkpoint in float32",
      facts: { file: checkpoint.file, tensor: name, dtype, expected: "F32" },
    });
  }
  return graph.externalConstant(name, "float32", shape, { location, offset, length: bytes });
}

/** As PyTorch keeps the weights, (out, in). */
export function float32Linear(graph: GraphBuilder, checkpoint: Safetensors, location: string): AddLinear {
  return (x, layer) => {
    const [weights, bias] = [`${layer}.weight`, `${layer}.bias`].map((name) => addTensor(graph, checkpoint, name, location));
    return Promise.resolve(graph.node("Gemm", [x, weights!, bias!], { attributes: { transB: 1 } }));
  };
}

/**
 * Weights as int8 with one scale for each output; inputs become uint8 as they come, with one scale for a batch, and the products are summed in
 * int32. One scale for all suits inputs of like size, and a few channels after a LayerNorm are far larger than the rest: what is too large there
 * moves into the weights (Xiao et al. 2023, SmoothQuant, arXiv:2211.10438, with the norm's own parameters in place of calibration data).
 */
export function int8Linear(graph: GraphBuilder, checkpoint: Safetensors, location: string): AddLinear {
  return async (x, layer, normBefore) => {
    const { shape } = checkpoint.info(`${layer}.weight`);
    const [outputs, inputs] = shape as [number, number];
    const weights = await checkpoint.readFloat32(`${layer}.weight`);
    let even = x;
    if (normBefore) {
      const sizes = smoothing(weights, await channelSizes(checkpoint, normBefore));
      even = graph.node("Div", [x, graph.constant(`${layer}.smoothing`, sizes)]);
    }
    const { codes, scales } = quantizeRows(weights, outputs, inputs);
    return graph.node(
      "DynamicQuantizeMatMul",
      [
        even,
        graph.constant(`${layer}.codes`, codes, [inputs, outputs]),
        graph.constant(`${layer}.scales`, scales),
        graph.constant(`${layer}.zeros`, new Int8Array(outputs)),
        addTensor(graph, checkpoint, `${layer}.bias`, location),
      ],
      { domain: "com.microsoft" },
    );
  };
}

/** How large a normalised channel gets, apart from outliers: three standard deviations, scaled and shifted. */
async function channelSizes(checkpoint: Safetensors, norm: string): Promise<Float32Array> {
  const [scale, shift] = await Promise.all([checkpoint.readFloat32(`${norm}.weight`), checkpoint.readFloat32(`${norm}.bias`)]);
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

/** 7 bits: processors without VNNI add two products of 8 bits each in 16, which overflows. */
const largestCode = 63;

/** (out, in) float32 → (in, out) int8, with w ≈ code · scale of its output. */
function quantizeRows(weights: Float32Array, outputs: number, inputs: number): { codes: Int8Array; scales: Float32Array } {
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
