/** Layers of experts in a decoder's graph: tokens sorted by expert, so that each expert multiplies its own as one matrix, and those without any nothing. */
import { dtypeCodes, type GraphBuilder } from "../../onnx/index.ts";
import type { ExpertsConfig } from "./config.ts";
import type { Projections } from "./projections.ts";
import type { DecoderWeights } from "./weights.ts";

interface Layer {
  graph: GraphBuilder;
  projections: Projections;
  source: DecoderWeights;
  experts: ExpertsConfig;
  /** "blk.0" */
  at: string;
  /** A feed-forward network of the layer, by the end of its tensors' names: ".3" for an expert, "_shexp" for the shared one. */
  network: (x: string, suffix: string) => Promise<string>;
}

/** y (B, T, D) → (B, T, D), B·T = N: each token's experts, weighted, and a shared one where there is one. */
export async function mixtureOfExperts(layer: Layer, y: string): Promise<string> {
  const { graph, projections, source, experts, at, network } = layer;
  const { count, used, normalizes } = experts;
  const width = source.shape(`${at}.ffn_gate_inp.weight`)[1]!;
  const integers = (...values: number[]): string => projections.integers(...values);
  const node = (opType: string, inputs: readonly string[], attributes = {}): string => graph.node(opType, inputs, { attributes });

  const tokens = node("Reshape", [y, integers(1, -1, width)]); // (1, N, D)
  const scores = node("Softmax", [await projections.multiply(tokens, [`${at}.ffn_gate_inp`])], { axis: -1 });
  const [likeliest, indices] = graph.nodes("TopK", [scores, integers(used)], { outputs: 2, attributes: { axis: -1 } }) as [string, string];
  const weights = normalizes ? node("Div", [likeliest, node("ReduceSum", [likeliest, integers(-1)], { keepdims: 1 })]) : likeliest;

  const chosen = node("Reshape", [indices, integers(-1)]); // (N·k), a token's next to each other
  const order = sorted(chosen);
  const rows = node("Gather", [tokens, node("Div", [order, integers(used)])], { axis: 1 });
  const all = graph.constant(
    `${at}.experts`,
    BigInt64Array.from({ length: count }, (_, expert) => BigInt(expert)),
    [1, count],
  );
  const isChosen = node("Cast", [node("Equal", [node("Unsqueeze", [chosen, integers(1)]), all])], { to: dtypeCodes.int64 });
  const sizes = node("ReduceSum", [isChosen, integers(0)], { keepdims: 0 });
  const parts = graph.nodes("Split", [rows, sizes], { outputs: count, attributes: { axis: 1 } });
  const outputs: string[] = [];
  for (const [expert, part] of parts.entries()) outputs.push(await network(part, `.${expert}`));

  const back = node("Gather", [node("Concat", outputs, { axis: 1 }), sorted(order)], { axis: 1 }); // (1, N·k, D)
  const weighted = node("Mul", [node("Reshape", [back, integers(-1, used, width)]), node("Reshape", [weights, integers(-1, used, 1)])]);
  const mixed = node("Reshape", [node("ReduceSum", [weighted, integers(1)], { keepdims: 0 }), node("Shape", [y])]);
  return source.has(`${at}.ffn_up_shexp.weight`) ? node("Add", [mixed, await shared()]) : mixed;

  /** Where the smallest lie, (M): of equals the first one first. */
  function sorted(numbers: string): string {
    return graph.nodes("TopK", [numbers, node("Shape", [numbers])], { outputs: 2, attributes: { axis: 0, largest: 0 } })[1]!;
  }

  async function shared(): Promise<string> {
    const output = await network(y, "_shexp");
    const gate = `${at}.ffn_gate_inp_shexp`;
    return source.has(`${gate}.weight`) ? node("Mul", [output, node("Sigmoid", [await projections.multiply(y, [gate])])]) : output;
  }
}
