/**
 * EfficientNet-Lite0 as one ONNX graph: convolutions of each channel by itself between convolutions across channels (Tan & Le 2019, arXiv:1905.11946; "Lite"
 * leaves out squeeze and excitation, and has ReLU6 for Swish). Batch normalisation is multiplied into the convolutions before it, as nothing is learnt here.
 */
import type { CheckpointTensor } from "../../checkpoints/index.ts";
import { FormatError } from "../../errors.ts";
import { GraphBuilder } from "../../onnx/index.ts";

type Weights = Readonly<Record<string, CheckpointTensor>>;

/** Of the 16 blocks, those that halve width and height. */
const halving: readonly number[] = [1, 3, 5, 11];
const blockCount = 16;
const epsilon = 1e-3;

export const imageSide = 224;
export const featureWidth = 1280;

/**
 * Inputs: `pixels` (B, 3, 224, 224). Outputs: `logits` (B, 1000), and `features` (B, 1280), what the classes are told apart by.
 *
 * @throws {FormatError} A tensor is missing.
 */
export function buildEfficientNet(weights: Weights): Uint8Array {
  const graph = new GraphBuilder("efficientnet-lite0");
  const pixels = graph.input("pixels", "float32", ["batch", 3, imageSide, imageSide]);
  const zero = graph.constant("zero", Float32Array.of(0), []);
  const six = graph.constant("six", Float32Array.of(6), []);
  const relu6 = (x: string): string => graph.node("Clip", [x, zero, six]);

  /** A convolution and the normalisation behind it. */
  const convolve = (x: string, name: string, norm: string, stride: number = 1): string => {
    const { shape } = tensorOf(weights, `${name}.weight`);
    const [outputs, inputs, height] = shape as [number, number, number, number];
    const { kernel, bias } = folded(weights, name, norm);
    return graph.node("Conv", [x, graph.constant(`${name}.kernel`, kernel, [...shape]), graph.constant(`${name}.shift`, bias)], {
      attributes: {
        strides: [stride, stride],
        auto_pad: "SAME_UPPER", // as in TensorFlow, where the weights were learnt: of an odd amount the larger part after
        group: inputs === 1 && height > 1 ? outputs : 1,
      },
    });
  };

  let x = relu6(convolve(pixels, "_conv_stem", "_bn0", 2));
  for (let block = 0; block < blockCount; block++) {
    const at = `_blocks.${block}`;
    const wide = `${at}._expand_conv.weight` in weights ? relu6(convolve(x, `${at}._expand_conv`, `${at}._bn0`)) : x;
    const stride = halving.includes(block) ? 2 : 1;
    const filtered = relu6(convolve(wide, `${at}._depthwise_conv`, `${at}._bn1`, stride));
    const narrow = convolve(filtered, `${at}._project_conv`, `${at}._bn2`);
    const [before, after] = [channelsInto(weights, at), tensorOf(weights, `${at}._project_conv.weight`).shape[0]];
    x = stride === 1 && before === after ? graph.node("Add", [narrow, x]) : narrow;
  }
  const features = graph.node("Flatten", [graph.node("GlobalAveragePool", [relu6(convolve(x, "_conv_head", "_bn1"))])]);
  const weight = graph.constant("classes.weight", float32(weights, "_fc.weight"), [1000, featureWidth]);
  const logits = graph.node("Gemm", [features, weight, graph.constant("classes.bias", float32(weights, "_fc.bias"))], {
    attributes: { transB: 1 },
  });
  graph.output("logits", logits, "float32", ["batch", 1000]);
  graph.output("features", features, "float32", ["batch", featureWidth]);
  return graph.encode();
}

/** y = γ (W∗x − μ) / √(σ² + ε) + β as one convolution. */
function folded(weights: Weights, name: string, norm: string): { kernel: Float32Array; bias: Float32Array } {
  const kernel = Float32Array.from(float32(weights, `${name}.weight`));
  const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((part) =>
    float32(weights, `${norm}.${part}`),
  );
  const scales = gamma!.map((each, channel) => each / Math.sqrt(variance![channel]! + epsilon));
  const each = kernel.length / scales.length;
  for (let at = 0; at < kernel.length; at++) kernel[at]! *= scales[Math.floor(at / each)]!;
  return { kernel, bias: scales.map((scale, channel) => beta![channel]! - scale * mean![channel]!) };
}

const channelsInto = (weights: Weights, at: string): number =>
  weights[`${at}._expand_conv.weight`]?.shape[1] ?? tensorOf(weights, `${at}._depthwise_conv.weight`).shape[0]!;

const float32 = (weights: Weights, name: string): Float32Array => tensorOf(weights, name).data as Float32Array;

function tensorOf(weights: Weights, name: string): CheckpointTensor {
  const found = weights[name];
  if (found?.dtype === "F32") return found;
  throw new FormatError(`the checkpoint has no tensor "${name}" of float32`, {
    hint: "is it EfficientNet-Lite0's?",
    facts: { tensor: name },
  });
}
