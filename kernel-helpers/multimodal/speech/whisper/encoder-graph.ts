/** Whisper's encoder as an ONNX graph: two convolutions, then transformer blocks without a mask, then what each layer of the decoder looks at. */
import { GraphBuilder, refuseCopies } from "../../../onnx/index.ts";
import type { GraphModel } from "./decoder-graph.ts";
import { GraphParts } from "./graph-parts.ts";
import type { WhisperWeights } from "./weights.ts";

/**
 * Input: `mel` (1, bands, 2 × positions). Outputs: `encoded` (1, positions, width), and for each layer i of the decoder `crossKey.i` (1, heads, head size, positions) and
 * `crossValue.i` (1, heads, positions, head size).
 */
export async function buildEncoderGraph(weights: WhisperWeights): Promise<GraphModel> {
  const { width, encoderLayers, encoderHeads, decoderLayers, decoderHeads, bands, audioPositions } = weights.config;
  const externalData: Record<string, Uint8Array> = {};
  const graph = new GraphBuilder("whisper-encoder", { keptApart: externalData });
  refuseCopies(graph);
  const parts = new GraphParts(graph, weights);
  const mel = graph.input("mel", "float32", [1, bands, 2 * audioPositions]);
  const seen = graph.node("Transpose", [await convolution(await convolution(mel, 1), 2)], { attributes: { perm: [0, 2, 1] } });
  let x = parts.add(seen, await parts.weight("encoder.embed_positions.weight"));
  for (let layer = 0; layer < encoderLayers; layer++) {
    const at = `encoder.layers.${layer}`;
    x = parts.add(x, await attention(await parts.norm(x, `${at}.self_attn_layer_norm`), `${at}.self_attn`));
    x = parts.add(x, await parts.feedForward(await parts.norm(x, `${at}.final_layer_norm`), at));
  }
  const encoded = await parts.norm(x, "encoder.layer_norm");
  graph.output("encoded", encoded, "float32", [1, audioPositions, width]);
  const headSize = width / decoderHeads;
  for (let layer = 0; layer < decoderLayers; layer++) {
    const at = `decoder.layers.${layer}.encoder_attn`;
    const key = parts.heads(await parts.linear(encoded, `${at}.k_proj`), decoderHeads, headSize, "columns");
    const value = parts.heads(await parts.linear(encoded, `${at}.v_proj`), decoderHeads, headSize);
    graph.output(`crossKey.${layer}`, key, "float32", [1, decoderHeads, headSize, audioPositions]);
    graph.output(`crossValue.${layer}`, value, "float32", [1, decoderHeads, audioPositions, headSize]);
  }
  return { model: graph.encode(), externalData };

  async function convolution(y: string, number: 1 | 2): Promise<string> {
    const at = `encoder.conv${number}`;
    const inputs = [y, await parts.weight(`${at}.weight`), await parts.weight(`${at}.bias`)];
    return graph.node("Gelu", [graph.node("Conv", inputs, { attributes: { strides: [number], pads: [1, 1] } })]);
  }

  async function attention(y: string, at: string): Promise<string> {
    const all = await parts.linear(y, `${at}.q_proj`, `${at}.k_proj`, `${at}.v_proj`);
    const split = graph.nodes("Split", [all], { outputs: 3, attributes: { axis: -1, num_outputs: 3 } });
    const mixed = graph.node("MultiHeadAttention", split, { domain: "com.microsoft", attributes: { num_heads: encoderHeads } });
    return parts.linear(mixed, `${at}.out_proj`);
  }
}
