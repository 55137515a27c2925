/**
 * BERT as one ONNX graph, from token ids to a vector for each text or to a score for each pair of texts, with sizes that vary. Tokens of all texts are stacked, (B·T, D), and are folded to
 * (B, T, D) for attention alone: so each linear layer is one matrix product with its bias. ONNX Runtime would also merge residual and norm of three axes
 * into one operator, SkipLayerNormalization, which takes five times as long on the CPU as an Add and a LayerNormalization.
 */
import { dtypeCodes, GraphBuilder } from "../../onnx/index.ts";
import type { EncoderConfig } from "../config.ts";
import { floatLinear, int4Linear, int4Rows, int8Linear, type EncoderDType } from "./linear.ts";
import { bert, linearLayers } from "./network.ts";
import type { EncoderWeights } from "./weights.ts";

/** The least float32 and float16, as in Transformers: added to a score, it leaves nothing of it after the softmax, however large the score is. */
const minusInfinity = { float32: -3.4028234663852886e38, float16: -65504 } as const;

export interface EncoderGraph {
  /** The encoded model. */
  model: Uint8Array;
  /** Bytes of constants that the model names and does not hold. */
  externalData: Record<string, Uint8Array>;
}

/** What stands on the network: a vector for each text, or a number for each pair of texts, which a sigmoid may bring between 0 and 1. */
export type BertHead = "vectors" | "logits" | "sigmoid";

/**
 * Inputs `ids` (B, T) int32, `mask` (B, T) float32, 1 for a token and 0 for padding, which comes last, and for pairs `segments` (B, T) int32; output
 * `vectors` (B, D) or `scores` (B, 1), float32.
 */
export async function buildBertGraph(
  source: EncoderWeights,
  config: EncoderConfig,
  dtype: EncoderDType,
  head: BertHead = "vectors",
): Promise<EncoderGraph> {
  const { layers, heads, width, layerNormEpsilon } = config;
  const externalData: Record<string, Uint8Array> = {};
  const graph = new GraphBuilder("sentence-encoder", source.folder === undefined ? { keptApart: externalData } : {}); // files or memory: not both
  const float = dtype === "fp16" ? "float16" : "float32";
  const inFloat = (x: string): string => (float === "float32" ? x : graph.node("Cast", [x], { attributes: { to: dtypeCodes[float] } }));
  const outOfFloat = (x: string): string => (float === "float32" ? x : graph.node("Cast", [x], { attributes: { to: dtypeCodes.float32 } }));
  // Weights are converted when the session is opened, once.
  const weights: EncoderWeights = float === "float32" ? source : { ...delegated(source), add: (to, name) => inFloat(source.add(to, name)) };
  const linear =
    dtype === "q8" ? await int8Linear(graph, weights, linearLayers(layers)) : (dtype === "q4" ? int4Linear : floatLinear)(graph, weights);

  const ids = graph.input("ids", "int32", ["batch", "tokens"]);
  const mask = graph.input("mask", "float32", ["batch", "tokens"]);
  const segments = head === "vectors" ? integers(graph, "zero", 0) : graph.input("segments", "int32", ["batch", "tokens"]);
  const maskRow = graph.node("Unsqueeze", [mask, integers(graph, "axis 1", 1)]); // (B, 1, T)
  const tokens = graph.node("Shape", [ids], { attributes: { start: 1, end: 2 } });
  const flat = integers(graph, "flat", -1, width);
  const folded = graph.node("Concat", [graph.node("Shape", [ids]), integers(graph, "width", width)], { attributes: { axis: 0 } });
  const bias = inFloat(attentionBias(graph, maskRow, tokens, minusInfinity[float]));
  const fold = (x: string): string => graph.node("Reshape", [x, folded]); // (B·T, D) → (B, T, D)
  const unfold = (x: string): string => graph.node("Reshape", [x, flat]);

  const x = bert<string>(layers, {
    embed: () => unfold(embed(graph, weights, config, { ids, segments, tokens })),
    linear,
    norm: (y, layer) =>
      graph.node("LayerNormalization", [y, weights.add(graph, `${layer}.weight`), weights.add(graph, `${layer}.bias`)], {
        attributes: { axis: -1, epsilon: { float: layerNormEpsilon } },
      }),
    attend: (...projected) =>
      unfold(
        graph.node("MultiHeadAttention", [...projected.map(fold), "", "", bias], {
          domain: "com.microsoft",
          attributes: { num_heads: heads },
        }),
      ),
    gelu: (y) => graph.node("Gelu", [y]),
    add: (y, z) => graph.node("Add", [y, z]),
  });
  if (head === "vectors") graph.output("vectors", pool(graph, config, outOfFloat(fold(x)), maskRow), "float32", ["batch", width]);
  else graph.output("scores", outOfFloat(score(graph, weights, fold(x), head)), "float32", ["batch", 1]);
  return { model: graph.encode(), externalData };
}

const delegated = (source: EncoderWeights): Omit<EncoderWeights, "add"> => ({
  ...(source.folder !== undefined && { folder: source.folder }),
  has: (name) => source.has(name),
  shape: (name) => source.shape(name),
  float32: (name) => source.float32(name),
});

/** Word + position + segment. */
function embed(
  graph: GraphBuilder,
  weights: EncoderWeights,
  { firstPosition }: EncoderConfig,
  { ids, segments, tokens }: Record<"ids" | "segments" | "tokens", string>,
): string {
  const [axis, first] = [integers(graph, "axis 0", 0), integers(graph, "first position", firstPosition)];
  const name = "embeddings.word_embeddings.weight";
  const matrix = weights.quantized?.(name);
  const words = matrix ? int4Rows(graph, name, matrix, ids) : graph.node("Gather", [weights.add(graph, name), ids]);
  const table = weights.add(graph, "embeddings.position_embeddings.weight");
  const positions = graph.node("Slice", [table, first, graph.node("Add", [tokens, first]), axis]);
  const segment = graph.node("Gather", [weights.add(graph, "embeddings.token_type_embeddings.weight"), segments]);
  return graph.node("Add", [words, graph.node("Add", [positions, segment])]);
}

/** 0 where a key is a token, minus infinity where it is padding: (B, 1, T, T), the same for every head and query. */
function attentionBias(graph: GraphBuilder, maskRow: string, tokens: string, least: number): string {
  const one = graph.constant("one", Float32Array.of(1));
  const far = graph.constant("minus infinity", Float32Array.of(least));
  const row = graph.node("Mul", [graph.node("Sub", [one, maskRow]), far]); // (B, 1, T)
  const square = graph.node("Concat", [integers(graph, "ones", 1, 1), tokens, integers(graph, "one more", 1)], { attributes: { axis: 0 } });
  return graph.node("Expand", [graph.node("Unsqueeze", [row, integers(graph, "axis 2", 2)]), square]);
}

/** The first token's vector or the mean of all (Reimers & Gurevych 2019, arXiv:1908.10084), made as long as 1 where the model says so. */
function pool(graph: GraphBuilder, { pooling, normalize }: EncoderConfig, x: string, maskRow: string): string {
  const axis = integers(graph, "pooled axis", 1);
  const last = integers(graph, "last axis", -1);
  const pooled = pooling === "cls" ? firstToken(graph, x) : graph.node("Squeeze", [graph.node("MatMul", [maskRow, x]), axis]); // (B, D), a sum
  // A sum that is made as long as 1 need not be divided by the number of tokens first.
  const divisor = normalize
    ? graph.node("ReduceL2", [pooled, last], { attributes: { keepdims: 1 } })
    : pooling === "mean" && graph.node("ReduceSum", [maskRow, last], { attributes: { keepdims: 0 } }); // (B, 1)
  return divisor ? graph.node("Div", [pooled, divisor]) : pooled;
}

/** What is made of the first token's vector, by a layer with a tanh and one that ends in a single number. */
function score(graph: GraphBuilder, weights: EncoderWeights, x: string, head: BertHead): string {
  const linear = floatLinear(graph, weights);
  const logits = linear(graph.node("Tanh", [linear(firstToken(graph, x), "pooler.dense")]), "classifier");
  return head === "sigmoid" ? graph.node("Sigmoid", [logits]) : logits;
}

const firstToken = (graph: GraphBuilder, x: string): string =>
  graph.node("Gather", [x, graph.constant("first token", BigInt64Array.of(0n), [])], { attributes: { axis: 1 } });

function integers(graph: GraphBuilder, name: string, ...values: number[]): string {
  return graph.constant(name, BigInt64Array.from(values, BigInt));
}
