/** Linear layers x·Wᵀ + b from a PyTorch checkpoint, in float32 and with int8 weights. */
import type { Safetensors } from "../checkpoints/index.ts";
import type { GraphBuilder } from "../onnx/index.ts";

export type EncoderDType = "fp32" | "q8";

/** Adds x·Wᵀ to a graph, without the bias, and returns the name of the result. */
export type AddLinear = (x: string, layer: string) => Promise<string>;

const microsoft = { domain: "com.microsoft" };

/** Adds a checkpoint's tensor to the graph as it lies in the file: ONNX Runtime reads it from there. */
export function addTensor(graph: GraphBuilder, checkpoint: Safetensors, name: string, location: string): string {
  const { shape, offset, bytes } = checkpoint.info(name);
  return graph.externalConstant(name, "float32", shape, { location, offset, length: bytes });
}

/** PyTorch keeps a layer's weights as (out, in). ONNX Runtime transposes them once, when it loads the graph. */
export function float32Linear(graph: GraphBuilder, checkpoint: Safetensors, location: string): AddLinear {
  return (x, layer) => {
    const weights = addTensor(graph, checkpoint, `${layer}.weight`, location);
    return Promise.resolve(graph.node("MatMul", [x, graph.node("Transpose", [weights], { attributes: { perm: [1, 0] } })]));
  };
}

/**
 * Weights as int8 with one scale for each output; inputs become uint8 as they come, with one scale for a batch, and the products are summed in
 * int32. The weights keep to 7 bits: processors without VNNI add two products in 16 bits, which 8 would overflow.
 */
export function int8Linear(graph: GraphBuilder, checkpoint: Safetensors): AddLinear {
  return async (x, layer) => {
    const { shape } = checkpoint.info(`${layer}.weight`);
    const [outputs, inputs] = shape as [number, number];
    const { codes, scales } = quantizeRows(await checkpoint.readFloat32(`${layer}.weight`), outputs, inputs);
    return graph.node(
      "DynamicQuantizeMatMul",
      [
        x,
        graph.constant(`${layer}.codes`, codes, [inputs, outputs]),
        graph.constant(`${layer}.scales`, scales),
        graph.constant(`${layer}.zeros`, new Int8Array(outputs)),
      ],
      microsoft,
    );
  };
}

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
