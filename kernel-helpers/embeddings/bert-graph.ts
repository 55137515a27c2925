/**
 * A BERT encoder (Devlin et al. 2019, arXiv:1810.04805) with mean pooling (Reimers & Gurevych 2019, arXiv:1908.10084) as one ONNX graph, from
 * token ids to unit vectors. Tokens of all texts lie one below the other, (B·T, D), and are folded to (B, T, D) for attention alone: so each linear
 * layer is one matrix product with its bias. ONNX Runtime would also merge residual and norm of three axes into one operator, SkipLayerNormalization,
 * which takes five times as long on the CPU as an Add and a LayerNormalization.
 */
import type { Safetensors } from "../checkpoints/index.ts";
import { GraphBuilder } from "../onnx/index.ts";
import type { Architecture } from "./architecture.ts";
import { addTensor, float32Linear, int8Linear, type AddLinear, type EncoderDType } from "./linear.ts";

const microsoft = "com.microsoft";
/** Added to a score, it leaves nothing of it after the softmax. */
const minusInfinity = -(2 - 2 ** -23) * 2 ** 127; // the lowest float32: no score is beyond it, and times 0 it is 0

export interface BertGraphOptions {
  dtype: EncoderDType;
  /** Name of the checkpoint's file in the folder that the session is told. */
  location: string;
}

/**
 * Inputs `ids` (B, T) int32 and `mask` (B, T) float32, 1 for a token and 0 for padding; output `vectors` (B, D) float32 of length 1.
 *
 * @returns The encoded model; its large weights stay in the checkpoint's file.
 */
export async function buildBertGraph(
  checkpoint: Safetensors,
  architecture: Architecture,
  { dtype, location }: BertGraphOptions,
): Promise<Uint8Array> {
  const { layers, heads, width, layerNormEpsilon } = architecture;
  const graph = new GraphBuilder("sentence-encoder");
  const tensor = (name: string): string => addTensor(graph, checkpoint, name, location);
  const linear: AddLinear = dtype === "q8" ? int8Linear(graph, checkpoint, location) : float32Linear(graph, checkpoint, location);

  const ids = graph.input("ids", "int32", ["batch", "tokens"]);
  const mask = graph.input("mask", "float32", ["batch", "tokens"]);
  const maskRow = graph.node("Unsqueeze", [mask, integers(graph, "axis 1", 1)]); // (B, 1, T)
  const tokens = graph.node("Shape", [ids], { attributes: { start: 1, end: 2 } });
  const flat = integers(graph, "flat", -1, width);
  const folded = graph.node("Concat", [graph.node("Shape", [ids]), integers(graph, "width", width)], { attributes: { axis: 0 } });
  const bias = attentionBias(graph, maskRow, tokens);

  let normBefore = "embeddings.LayerNorm"; // whose output x is
  let x = normalize(graph.node("Reshape", [embed(graph, tensor, { ids, tokens }), flat]), normBefore); // (B·T, D)
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    const projected: string[] = [];
    for (const name of ["query", "key", "value"]) {
      projected.push(graph.node("Reshape", [await linear(x, `${at}.attention.self.${name}`, normBefore), folded])); // (B, T, D)
    }
    const mixed = graph.node("MultiHeadAttention", [...projected, "", "", bias], { domain: microsoft, attributes: { num_heads: heads } });
    x = await addAndNorm(x, graph.node("Reshape", [mixed, flat]), `${at}.attention.output`);
    const hidden = await linear(x, `${at}.intermediate.dense`, normBefore); // (B·T, 4D)
    x = await addAndNorm(x, graph.node("Gelu", [hidden]), `${at}.output`);
  }
  graph.output("vectors", pool(graph, graph.node("Reshape", [x, folded]), maskRow), "float32", ["batch", width]);
  return graph.encode();

  function normalize(value: string, layer: string): string {
    const attributes = { axis: -1, epsilon: { float: layerNormEpsilon } };
    return graph.node("LayerNormalization", [value, tensor(`${layer}.weight`), tensor(`${layer}.bias`)], { attributes });
  }

  /** LayerNorm(x + Linear(y)). */
  async function addAndNorm(residual: string, y: string, layer: string): Promise<string> {
    const sum = graph.node("Add", [residual, await linear(y, `${layer}.dense`)]);
    normBefore = `${layer}.LayerNorm`;
    return normalize(sum, normBefore);
  }
}

/** Word + position + segment; every token of a single text is of segment 0. */
function embed(graph: GraphBuilder, tensor: (name: string) => string, { ids, tokens }: { ids: string; tokens: string }): string {
  const [zero, axis] = [integers(graph, "zero", 0), integers(graph, "axis 0", 0)];
  const words = graph.node("Gather", [tensor("embeddings.word_embeddings.weight"), ids]);
  const positions = graph.node("Slice", [tensor("embeddings.position_embeddings.weight"), zero, tokens, axis]);
  const segment = graph.node("Gather", [tensor("embeddings.token_type_embeddings.weight"), zero]);
  return graph.node("Add", [words, graph.node("Add", [positions, segment])]);
}

/** 0 where a key is a token, minus infinity where it is padding: (B, 1, T, T), the same for every head and query. */
function attentionBias(graph: GraphBuilder, maskRow: string, tokens: string): string {
  const one = graph.constant("one", Float32Array.of(1));
  const far = graph.constant("minus infinity", Float32Array.of(minusInfinity));
  const row = graph.node("Mul", [graph.node("Sub", [one, maskRow]), far]); // (B, 1, T)
  const square = graph.node("Concat", [integers(graph, "ones", 1, 1), tokens, integers(graph, "one more", 1)], { attributes: { axis: 0 } });
  return graph.node("Expand", [graph.node("Unsqueeze", [row, integers(graph, "axis 2", 2)]), square]);
}

/** The sum of the tokens' vectors, made as long as 1: dividing by their number first, for the mean, would change nothing. */
function pool(graph: GraphBuilder, x: string, maskRow: string): string {
  const sum = graph.node("Squeeze", [graph.node("MatMul", [maskRow, x]), integers(graph, "pooled axis", 1)]); // (B, D)
  const length = graph.node("ReduceL2", [sum, integers(graph, "last axis", -1)], { attributes: { keepdims: 1 } });
  return graph.node("Div", [sum, length]);
}

function integers(graph: GraphBuilder, name: string, ...values: number[]): string {
  return graph.constant(name, BigInt64Array.from(values, BigInt));
}
