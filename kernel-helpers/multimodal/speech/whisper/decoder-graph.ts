/** Whisper's decoder as an ONNX graph that reads its key-value cache and writes it in place, as a language model's does (llm/decoder/graph.ts), and looks at sound besides. */
import { GraphBuilder, refuseCopies } from "../../../onnx/index.ts";
import { GraphParts } from "./graph-parts.ts";
import type { WhisperWeights } from "./weights.ts";

export interface GraphModel {
  model: Uint8Array;
  /** The weights, which the model names and does not hold. */
  externalData: Record<string, Uint8Array>;
}

/**
 * Inputs: `x` (1, T, width), embeddings of tokens and their positions; `rows` (R), the tokens whose logits are wanted; `last` (1), index of the last token in the cache
 * after the run, and `total` (1), tokens there; for each layer i `key.i`, `value.i` (1, heads, capacity, head size), and the encoder's `crossKey.i`, `crossValue.i`.
 * Outputs: `logits` (1, R, vocabulary), and the caches as `newKey.i`, `newValue.i`, which may share the inputs' memory.
 */
export async function buildDecoderGraph(weights: WhisperWeights): Promise<GraphModel> {
  const { width, decoderLayers, decoderHeads: heads, vocabSize, audioPositions } = weights.config;
  const headSize = width / heads;
  const externalData: Record<string, Uint8Array> = {};
  const graph = new GraphBuilder("whisper-decoder", { keptApart: externalData });
  refuseCopies(graph);
  const parts = new GraphParts(graph, weights);
  const cacheShape = [1, heads, "capacity", headSize];
  const scale = graph.constant("scale", Float32Array.of(headSize ** -0.5), []);

  let x = graph.input("x", "float32", [1, "tokens", width]);
  const rows = graph.input("rows", "int64", ["rows"]);
  const last = graph.input("last", "int32", [1]);
  const total = graph.input("total", "int32", [1]);
  for (let layer = 0; layer < decoderLayers; layer++) {
    const at = `decoder.layers.${layer}`;
    x = parts.add(x, await selfAttention(await parts.norm(x, `${at}.self_attn_layer_norm`), `${at}.self_attn`, layer));
    x = parts.add(x, await crossAttention(await parts.norm(x, `${at}.encoder_attn_layer_norm`), `${at}.encoder_attn`, layer));
    x = parts.add(x, await parts.feedForward(await parts.norm(x, `${at}.final_layer_norm`), at));
  }
  const wanted = graph.node("Gather", [await parts.norm(x, "decoder.layer_norm"), rows], { attributes: { axis: 1 } });
  graph.output("logits", await parts.linear(wanted, "decoder.embed_tokens"), "float32", [1, "rows", vocabSize]);
  return { model: graph.encode(), externalData };

  /** To the tokens so far. */
  async function selfAttention(y: string, at: string, layer: number): Promise<string> {
    const all = await parts.linear(y, `${at}.q_proj`, `${at}.k_proj`, `${at}.v_proj`);
    const past = [graph.input(`key.${layer}`, "float32", cacheShape), graph.input(`value.${layer}`, "float32", cacheShape)];
    const [mixed, newKey, newValue] = graph.nodes("GroupQueryAttention", [all, "", "", ...past, last, total], {
      domain: "com.microsoft",
      outputs: 3,
      attributes: { num_heads: heads, kv_num_heads: heads },
    }) as [string, string, string];
    graph.output(`newKey.${layer}`, newKey, "float32", cacheShape);
    graph.output(`newValue.${layer}`, newValue, "float32", cacheShape);
    return parts.linear(mixed, `${at}.out_proj`);
  }

  /** To the sound. */
  async function crossAttention(y: string, at: string, layer: number): Promise<string> {
    const key = graph.input(`crossKey.${layer}`, "float32", [1, heads, headSize, audioPositions]);
    const value = graph.input(`crossValue.${layer}`, "float32", [1, heads, audioPositions, headSize]);
    const query = graph.node("Mul", [parts.heads(await parts.linear(y, `${at}.q_proj`), heads, headSize), scale]);
    const shares = graph.node("Softmax", [graph.node("MatMul", [query, key])], { attributes: { axis: -1 } });
    const mixed = graph.node("Transpose", [graph.node("MatMul", [shares, value])], { attributes: { perm: [0, 2, 1, 3] } });
    return parts.linear(graph.node("Reshape", [mixed, parts.integers(0, 0, width)]), `${at}.out_proj`);
  }
}
