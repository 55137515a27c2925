/**
 * A decoder of the Llama family (Touvron et al. 2023, arXiv:2302.13971; Qwen 2.5, arXiv:2412.15115) as one ONNX graph that reads its key-value
 * cache and writes it in place. Sizes that vary have names, so one session serves the prompt and every token after it.
 */
import { GraphBuilder, refuseCopies } from "../../onnx/index.ts";
import { Projections } from "./projections.ts";
import { rotaryTables } from "./rotary.ts";
import type { WeightsFile } from "./weights-file.ts";
import type { DecoderWeights } from "./weights.ts";

const microsoft = "com.microsoft";

/**
 * Inputs: `x` (1, T, D), the embeddings; `rows` (R), the tokens whose logits are wanted; `last` (1), index of the last token in the cache after
 * the run, and `total` (1), tokens in it; for each layer `key.i`, `value.i` (1, key-value heads, capacity, head size). Outputs: `logits` (1, R, V), and
 * the caches as `newKey.i`, `newValue.i`, which may share the inputs' memory.
 *
 * @param options.weights Where the weights go, which the model names and does not hold.
 * @returns The ONNX model.
 */
export async function buildDecoderGraph(
  source: DecoderWeights,
  options: { dtype: "fp32" | "file"; weights: WeightsFile },
): Promise<Uint8Array> {
  const { config } = source;
  const { layers, width, heads, numKeyValueHeads, headSize, contextLength, normEpsilon } = config;
  const graph = new GraphBuilder("decoder");
  refuseCopies(graph); // all results go to memory that the caller has
  const projections = new Projections(graph, source, options.weights, options.dtype);
  const epsilon = { float: normEpsilon };
  const cacheShape = [1, numKeyValueHeads, "capacity", headSize];

  const x = graph.input("x", "float32", [1, "tokens", width]);
  const rows = graph.input("rows", "int64", ["rows"]);
  const last = graph.input("last", "int32", [1]);
  const total = graph.input("total", "int32", [1]);
  const { cosines, sines } = rotaryTables(config);
  const rotary = [
    projections.store("cosines", cosines, [contextLength, headSize / 2]),
    projections.store("sines", sines, [contextLength, headSize / 2]),
  ];

  let residual = x;
  let normed = graph.node("SimplifiedLayerNormalization", [x, await projections.vector("blk.0.attn_norm.weight")], {
    attributes: { axis: -1, epsilon },
  });
  for (let layer = 0; layer < layers; layer++) {
    const at = `blk.${layer}`;
    [normed, residual] = await addAndNorm(await attention(layer), `${at}.ffn_norm.weight`);
    const [gate, up] = (await projections.apply(normed, [`${at}.ffn_gate`, `${at}.ffn_up`])) as [string, string];
    const silu = graph.node("QuickGelu", [gate], { domain: microsoft, attributes: { alpha: { float: 1 } } }); // x · σ(x)
    const [down] = (await projections.apply(graph.node("Mul", [silu, up]), [`${at}.ffn_down`])) as [string];
    [normed, residual] = await addAndNorm(down, layer + 1 < layers ? `blk.${layer + 1}.attn_norm.weight` : "output_norm.weight");
  }
  const wanted = graph.node("Gather", [normed, rows], { attributes: { axis: 1 } });
  const [logits] = (await projections.apply(wanted, [config.isTied ? "token_embd" : "output"])) as [string];
  graph.output("logits", logits, "float32", [1, "rows", config.vocabSize]);
  return graph.encode();

  /** Grouped-query attention to all tokens so far, with rotary positions; keys and values go into the cache. */
  async function attention(layer: number): Promise<string> {
    const at = `blk.${layer}`;
    const [query, key, value] = (await projections.apply(normed, [`${at}.attn_q`, `${at}.attn_k`, `${at}.attn_v`])) as [
      string,
      string,
      string,
    ];
    const queries = await headNorm(query, `${at}.attn_q_norm.weight`, heads);
    const keys = await headNorm(key, `${at}.attn_k_norm.weight`, numKeyValueHeads);
    const past = [graph.input(`key.${layer}`, "float32", cacheShape), graph.input(`value.${layer}`, "float32", cacheShape)];
    const [mixed, newKey, newValue] = graph.nodes("GroupQueryAttention", [queries, keys, value, ...past, last, total, ...rotary], {
      domain: microsoft,
      outputs: 3,
      attributes: {
        num_heads: heads,
        kv_num_heads: numKeyValueHeads,
        do_rotary: 1,
        rotary_interleaved: config.isRopeInterleaved ? 1 : 0,
      },
    }) as [string, string, string];
    graph.output(`newKey.${layer}`, newKey, "float32", cacheShape);
    graph.output(`newValue.${layer}`, newValue, "float32", cacheShape);
    return (await projections.apply(mixed, [`${at}.attn_output`]))[0]!;
  }

  /** RMSNorm(residual + y), and the sum. */
  async function addAndNorm(y: string, norm: string): Promise<[normed: string, sum: string]> {
    const [normedSum, , , sum] = graph.nodes("SkipSimplifiedLayerNormalization", [residual, y, await projections.vector(norm)], {
      domain: microsoft,
      outputs: 4,
      attributes: { epsilon },
    }) as [string, string, string, string];
    return [normedSum, sum];
  }

  async function headNorm(y: string, norm: string, count: number): Promise<string> {
    if (!config.hasHeadNorm) return y;
    const split = graph.node("Reshape", [y, projections.integers(0, 0, count, headSize)]);
    const scaled = graph.node("SimplifiedLayerNormalization", [split, await projections.vector(norm)], {
      attributes: { axis: -1, epsilon },
    });
    return graph.node("Reshape", [scaled, projections.integers(0, 0, count * headSize)]);
  }
}
