/**
 * A decoder as one ONNX graph that reads its key-value cache and writes it in place: Llama (Touvron et al. 2023, arXiv:2302.13971), Qwen 2.5
 * (arXiv:2412.15115) and 3, Gemma 3 (arXiv:2503.19786), GPT-2, and those with experts: Mixtral (arXiv:2401.04088), Qwen-MoE. Sizes that vary have names, so one session serves the prompt and every token after it.
 */
import { dtypeCodes, GraphBuilder, refuseCopies } from "../../onnx/index.ts";
import type { Adapter } from "./adapter.ts";
import { mixtureOfExperts } from "./mixture-of-experts.ts";
import { Projections } from "./projections.ts";
import { rotaryTables, type Rope } from "./rotary.ts";
import type { WeightsFile } from "./weights-file.ts";
import type { DecoderWeights } from "./weights.ts";

const microsoft = "com.microsoft";

export interface DecoderGraphOptions {
  dtype: "file" | "fp16" | "fp32";
  adapter?: Adapter | undefined;
  /** What attention computes in, and the caches' numbers. @default "float32" */
  attention?: "float32" | "float16";
  /** Where the weights go, which the model names and does not hold. */
  weights: WeightsFile;
}

/**
 * Inputs: `x` (B, T, D), the embeddings, where B or T is 1; `rows` (R), the tokens whose logits are wanted; `last` (B), index of the last token in the
 * cache of each sequence after the run, and `total` (1), tokens in the longest; for each layer `key.i`, `value.i` (B, key-value heads, capacity, head
 * size). Outputs: `logits` (B, R, V), and the caches as `newKey.i`, `newValue.i`, which may share the inputs' memory.
 *
 * @returns The ONNX model.
 */
export async function buildDecoderGraph(source: DecoderWeights, options: DecoderGraphOptions): Promise<Uint8Array> {
  const { width, vocabSize } = source.config;
  const graph = new GraphBuilder("decoder");
  refuseCopies(graph); // all results go to memory that the caller has
  const { logits, caches } = await addDecoder(graph, source, options, () => ({
    x: graph.input("x", "float32", ["batch", "tokens", width]),
    rows: graph.input("rows", "int64", ["rows"]),
    last: graph.input("last", "int32", ["batch"]),
    total: graph.input("total", "int32", [1]),
  }));
  graph.output("logits", logits, "float32", ["batch", "rows", vocabSize]);
  for (const { output, value, shape } of caches) graph.output(output, value, "float32", shape);
  return graph.encode();
}

/** What a decoder's nodes take: see buildDecoderGraph. */
export interface DecoderInputs {
  x: string;
  rows: string;
  last: string;
  total: string;
}

/** A layer's keys or values: an input of the graph, and their value with the new tokens. */
export interface CacheValue {
  input: string;
  output: string;
  value: string;
  shape: readonly (number | string)[];
}

/** Adds the decoder's nodes. The caches become inputs of the graph, after those that `inputs` makes. */
export async function addDecoder(
  graph: GraphBuilder,
  source: DecoderWeights,
  options: DecoderGraphOptions,
  inputs: (projections: Projections) => DecoderInputs | Promise<DecoderInputs>,
): Promise<{ logits: string; caches: CacheValue[] }> {
  const { config } = source;
  const { layers, heads, numKeyValueHeads, headSize, contextLength, sliding } = config;
  const { attention: float = "float32" } = options;
  const projections = new Projections(graph, source, options);
  const epsilon = { float: config.normEpsilon };
  const cacheShape = ["batch", numKeyValueHeads, "capacity", headSize];
  const caches: CacheValue[] = [];
  const { x, rows, last, total } = await inputs(projections);
  const rotaryOf = rotary();

  let residual = await embedded(x);
  let normed = await norm(residual, "blk.0.attn_norm");
  for (let layer = 0; layer < layers; layer++) {
    const at = `blk.${layer}`;
    const attended = await normIfAny(await attention(normed, layer), `${at}.post_attention_norm`);
    [normed, residual] = await addAndNorm(attended, `${at}.ffn_norm`);
    const fed = await normIfAny(await feedForward(normed, at), `${at}.post_ffw_norm`);
    [normed, residual] = await addAndNorm(fed, layer + 1 < layers ? `blk.${layer + 1}.attn_norm` : "output_norm");
  }
  const wanted = graph.node("Gather", [normed, rows], { attributes: { axis: 1 } });
  const [logits] = (await projections.apply(wanted, [config.isTied ? "token_embd" : "output"])) as [string];
  options.adapter?.checkUsed();
  return { logits, caches };

  /** Embeddings as the first block takes them: scaled, or with those of their positions added. */
  async function embedded(given: string): Promise<string> {
    if (config.embeddingScale !== 1) {
      return graph.node("Mul", [given, graph.constant("embeddingScale", Float32Array.of(config.embeddingScale))]);
    }
    if (config.positions === "rotary") return given;
    const table = await projections.vector("position_embd.weight");
    // Of T tokens up to the last one, those of the positions last − T + 1 to last.
    const tokens = graph.node("Squeeze", [graph.node("Shape", [given], { attributes: { start: 1, end: 2 } })]);
    const one = graph.constant("one", BigInt64Array.of(1n), []);
    const offsets = graph.node("Range", [graph.node("Sub", [one, tokens]), one, one]);
    const ends = graph.node("Unsqueeze", [graph.node("Cast", [last], { attributes: { to: dtypeCodes.int64 } }), projections.integers(1)]);
    return graph.node("Add", [given, graph.node("Gather", [table, graph.node("Add", [ends, offsets])])]);
  }

  /** Grouped-query attention to all tokens so far, or to the last of them; keys and values go into the cache. */
  async function attention(y: string, layer: number): Promise<string> {
    const at = `blk.${layer}`;
    const past = [graph.input(`key.${layer}`, float, cacheShape), graph.input(`value.${layer}`, float, cacheShape)];
    const taken = [...(await queryKeyValue(y, at)).map((part) => cast(part, float)), ...past, last, total, ...rotaryOf(layer)];
    const [mixed, newKey, newValue] = graph.nodes("GroupQueryAttention", taken, {
      domain: microsoft,
      outputs: 3,
      attributes: {
        num_heads: heads,
        kv_num_heads: numKeyValueHeads,
        do_rotary: config.positions === "rotary" ? 1 : 0,
        rotary_interleaved: config.isRopeInterleaved ? 1 : 0,
        ...(config.attentionScale !== undefined && { scale: { float: config.attentionScale } }),
        ...(sliding?.layers[layer] && { local_window_size: sliding.window }),
      },
    }) as [string, string, string];
    caches.push({ input: past[0]!, output: `newKey.${layer}`, value: newKey, shape: cacheShape });
    caches.push({ input: past[1]!, output: `newValue.${layer}`, value: newValue, shape: cacheShape });
    return (await projections.apply(cast(mixed, "float32"), [`${at}.attn_output`]))[0]!;
  }

  /** Between float32, which the rest is in, and what attention computes in. */
  function cast(y: string, to: "float32" | "float16"): string {
    return y === "" || float === "float32" ? y : graph.node("Cast", [y], { attributes: { to: dtypeCodes[to] } });
  }

  /** Queries, keys and values, or all three as one, as attention takes them where nothing has to be done to them before. */
  async function queryKeyValue(y: string, at: string): Promise<[query: string, key: string, value: string]> {
    const names = source.has(`${at}.attn_qkv.weight`) ? [`${at}.attn_qkv`] : [`${at}.attn_q`, `${at}.attn_k`, `${at}.attn_v`];
    if (!config.hasHeadNorm && projections.areOne(names)) return [await projections.multiply(y, names), "", ""];
    const [query, key, value] = (await projections.apply(y, names)) as [string, string, string];
    return [await headNorm(query, `${at}.attn_q_norm`, heads), await headNorm(key, `${at}.attn_k_norm`, numKeyValueHeads), value];
  }

  function feedForward(y: string, at: string): Promise<string> {
    if (!config.experts || !source.has(`${at}.ffn_gate_inp.weight`)) return network(y, at);
    return mixtureOfExperts({ graph, projections, source, experts: config.experts, at, network: (z, suffix) => network(z, at, suffix) }, y);
  }

  /** W₂ act(W₁ y), or with a gate W₂ (act(W₀ y) ∘ W₁ y) (Shazeer 2020, arXiv:2002.05202). @param suffix Of an expert's names. */
  async function network(y: string, at: string, suffix: string = ""): Promise<string> {
    const [gate, up, down] = ["gate", "up", "down"].map((part) => `${at}.ffn_${part}${suffix}`) as [string, string, string];
    const isGated = source.has(`${gate}.weight`);
    const [first, opened] = (await projections.apply(y, isGated ? [gate, up] : [up])) as [string, string];
    const hidden = isGated ? graph.node("Mul", [activation(first), opened]) : activation(first);
    return (await projections.apply(hidden, [down]))[0]!;
  }

  function activation(y: string): string {
    if (config.activation === "gelu") return graph.node("FastGelu", [y], { domain: microsoft });
    return graph.node("QuickGelu", [y], { domain: microsoft, attributes: { alpha: { float: 1 } } }); // x · σ(x)
  }

  async function norm(y: string, name: string): Promise<string> {
    const operator = config.norm === "rms" ? "SimplifiedLayerNormalization" : "LayerNormalization";
    return graph.node(operator, [y, ...(await normWeights(name))], { attributes: { axis: -1, epsilon } });
  }

  /** Gemma also normalises what attention and the feed-forward network give. */
  async function normIfAny(y: string, name: string): Promise<string> {
    return source.has(`${name}.weight`) ? norm(y, name) : y;
  }

  /** norm(residual + y), and the sum. */
  async function addAndNorm(y: string, name: string): Promise<[normed: string, sum: string]> {
    const operator = config.norm === "rms" ? "SkipSimplifiedLayerNormalization" : "SkipLayerNormalization";
    const [normedSum, , , sum] = graph.nodes(operator, [residual, y, ...(await normWeights(name))], {
      domain: microsoft,
      outputs: 4,
      attributes: { epsilon },
    }) as [string, string, string, string];
    return [normedSum, sum];
  }

  async function normWeights(name: string): Promise<string[]> {
    const names = config.norm === "rms" ? [`${name}.weight`] : [`${name}.weight`, `${name}.bias`];
    return Promise.all(names.map((one) => projections.vector(one)));
  }

  /** RMSNorm of each head by itself, where the model has it. */
  async function headNorm(y: string, name: string, count: number): Promise<string> {
    if (!config.hasHeadNorm) return y;
    const split = graph.node("Reshape", [y, projections.integers(0, 0, count, headSize)]);
    return graph.node("Reshape", [await norm(split, name), projections.integers(0, 0, count * headSize)]);
  }

  /** Cosines and sines for each layer; those of layers that see only the last tokens may have a base of their own. */
  function rotary(): (layer: number) => readonly string[] {
    if (config.positions === "learned") return () => [];
    const tables = (name: string, rope: Rope): readonly string[] => {
      const { cosines, sines } = rotaryTables(contextLength, rope);
      const dims = [contextLength, headSize / 2];
      return [projections.store(`${name}cosines`, cosines, dims, float), projections.store(`${name}sines`, sines, dims, float)];
    };
    const far = tables("", { headSize, base: config.ropeBase, scaling: config.ropeScaling });
    const near = sliding?.ropeBase === undefined ? far : tables("sliding.", { headSize, base: sliding.ropeBase });
    return (layer) => (sliding?.layers[layer] ? near : far);
  }
}
