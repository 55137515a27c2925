/**
 * A decoder's graph in an ONNX Loop, for a device that is not the CPU: the caches go there and come back once a run, however many tokens it reads or draws, and
 * logits stay there. A turn reads tokens and draws the one that follows; the first turn reads what it is given, each later one the token before it.
 */
import { dtypeCodes, encodeModel, GraphBuilder, refuseCopies, type OnnxGraph } from "../../onnx/index.ts";
import { addDecoder, type DecoderGraphOptions } from "./graph.ts";
import type { DecoderWeights } from "./weights.ts";

/**
 * Inputs: `turns` (), `ids` (B, T) and `rows` (R) of the first turn, `last` (B) after it, `key.i` and `value.i` as buildDecoderGraph has them; `points`
 * (turns, B) in [0, 1), which tokens are drawn by, and `temperature`, `topK`, `topP`, `minP` (1), as the Sampler has them, topK 1 for the likeliest. Outputs: `drawn`
 * (turns, B), `logits` (B, R, V) of the last turn, and the caches as `newKey.i`, `newValue.i`.
 *
 * @returns The ONNX model.
 */
export async function buildLoopedDecoderGraph(source: DecoderWeights, options: DecoderGraphOptions): Promise<Uint8Array> {
  const { attention = "float32" } = options;
  const { vocabSize } = source.config;
  const logitsShape = ["batch", "rows", vocabSize];

  const body = new GraphBuilder("turn");
  const turn = body.input("turn", "int64", []);
  const goesOn = body.input("goesOn", "bool", []);
  const ids = body.input("ids", "int64", ["batch", "tokens"]);
  const rows = body.input("rows", "int64", ["rows"]);
  const last = body.input("last", "int32", ["batch"]);
  body.input("logits", "float32", logitsShape);
  const { logits, caches } = await addDecoder(body, source, options, async (projections) => ({
    x: await projections.rows("token_embd", ids),
    rows,
    last,
    total: totalOf(body, last),
  }));
  const given = {} as Record<(typeof sampling)[number][0] | "points", string>;
  for (const [name, dtype] of sampling) given[name] = body.input(name, dtype, [1]);
  given.points = body.input("points", "float32", ["turns", "batch"]);
  const drawn = draw(body, logits, { ...given, point: body.node("Gather", [given.points, turn]) });
  const one = body.constant("next.one", Int32Array.of(1));
  body.output("goesOnThen", goesOn, "bool", []);
  body.output("nextIds", body.node("Unsqueeze", [drawn, body.constant("next.axis", BigInt64Array.of(1n))]), "int64", ["batch", 1]);
  body.output("nextRows", body.constant("next.rows", BigInt64Array.of(0n)), "int64", [1]);
  body.output("nextLast", body.node("Add", [last, one]), "int32", ["batch"]);
  body.output("nextLogits", logits, "float32", logitsShape);
  for (const { output, value, shape } of caches) body.output(output, value, attention, shape);
  body.output("drawn", drawn, "int64", ["batch"]);

  const graph = new GraphBuilder("decoder");
  refuseCopies(graph); // all results go to memory that the caller has
  const cast = (x: string, dtype: "float32" | "float16"): string =>
    attention === "float32" ? x : graph.node("Cast", [x], { attributes: { to: dtypeCodes[dtype] } });
  const turns = graph.input("turns", "int64", []);
  const first = [
    graph.input("ids", "int64", ["batch", "tokens"]),
    graph.input("rows", "int64", ["rows"]),
    graph.input("last", "int32", ["batch"]),
    graph.constant("no logits", new Float32Array(0), [0, 0, vocabSize]),
    ...caches.map(({ input, shape }) => cast(graph.input(input, "float32", shape), attention)),
  ];
  for (const [name, dtype] of sampling) graph.input(name, dtype, [1]);
  graph.input("points", "float32", ["turns", "batch"]);
  const { graph: turnGraph, opsets } = body.model();
  const { loop, constants } = asLoopBody(turnGraph, first.length);
  const results = graph.nodes("Loop", [turns, "", ...first], { attributes: { body: { graph: loop } }, outputs: first.length + 1 });
  graph.output("logits", results[3]!, "float32", logitsShape);
  caches.forEach(({ output, shape }, index) => graph.output(output, cast(results[4 + index]!, "float32"), "float32", shape));
  graph.output("drawn", results.at(-1)!, "int64", ["turns", "batch"]);
  const outer = graph.model();
  return encodeModel({ ...outer, opsets, graph: { ...outer.graph!, initializers: [...outer.graph!.initializers!, ...constants] } });
}

/** What stays the same in all turns: their graph reads it from outside. */
const sampling = [
  ["temperature", "float32"],
  ["topK", "int64"],
  ["topP", "float32"],
  ["minP", "float32"],
] as const;

/** Tokens in the longest cache, (1). */
function totalOf(graph: GraphBuilder, last: string): string {
  const most = graph.node("ReduceMax", [last], { attributes: { keepdims: 1 } });
  return graph.node("Add", [most, graph.constant("total.one", Int32Array.of(1))]);
}

/** One id for each sequence, (B), as the Sampler draws it: of the likeliest tokens, in their order, that at which their weights, added up, pass the point. */
function draw(graph: GraphBuilder, logits: string, given: Record<(typeof sampling)[number][0] | "point", string>): string {
  const node = (opType: string, inputs: readonly string[], attributes = {}): string => graph.node(opType, inputs, { attributes });
  const sum = (x: string): string => node("ReduceSum", [x, axis], { keepdims: 1 });
  const integer = (x: string): string => node("Cast", [x], { to: dtypeCodes.int64 });
  const axis = graph.constant("draw.axis", BigInt64Array.of(-1n));
  const lastRow = node("Gather", [logits, graph.constant("draw.last", BigInt64Array.of(-1n), [])], { axis: 1 }); // (B, V)
  const [scores, ids] = graph.nodes("TopK", [lastRow, given.topK], { outputs: 2, attributes: { axis: -1 } }) as [string, string];
  const highest = node("ReduceMax", [scores, axis], { keepdims: 1 });
  const weights = node("Exp", [node("Div", [node("Sub", [scores, highest]), given.temperature])]); // (B, k)
  const upTo = node("CumSum", [weights, graph.constant("draw.along", BigInt64Array.of(1n), [])]);
  // Those before which top-p's share is not reached, and that have min-p's share of the likeliest.
  const isWithin = node("Less", [node("Sub", [upTo, weights]), node("Mul", [given.topP, sum(weights)])]);
  const isLikely = node("GreaterOrEqual", [weights, given.minP]);
  const isLeft = node("Cast", [node("And", [isWithin, isLikely])], { to: dtypeCodes.float32 });
  const total = sum(node("Mul", [weights, isLeft]));
  const point = node("Mul", [total, node("Unsqueeze", [given.point, axis])]); // (B, 1)
  const passed = integer(sum(node("Cast", [node("LessOrEqual", [upTo, point])], { to: dtypeCodes.float32 })));
  const most = node("Sub", [integer(sum(isLeft)), graph.constant("draw.one", BigInt64Array.of(1n))]);
  const place = node("Max", [node("Min", [passed, most]), graph.constant("draw.zero", BigInt64Array.of(0n))]); // what rounding leaves over goes to the last
  return node("Squeeze", [node("GatherElements", [ids, place], { axis: -1 }), axis]);
}

/**
 * The graph of a turn, as a Loop takes it: its constants go to the graph around it, inputs beyond those that the loop carries are read from there, and what its
 * nodes make has names of its own.
 */
function asLoopBody(graph: OnnxGraph, carried: number): { loop: OnnxGraph; constants: NonNullable<OnnxGraph["initializers"]> } {
  const inputs = graph.inputs!.filter(({ name }) => !isShared(name));
  if (inputs.length !== carried + 2) throw new Error(`a turn has ${inputs.length} inputs for ${carried} values that are carried`);
  const own = new Set([...inputs.map(({ name }) => name), ...graph.nodes!.flatMap(({ outputs }) => outputs ?? [])]);
  const rename = (name: string): string => (own.has(name) ? `turn.${name}` : name);
  return {
    loop: {
      name: "turn",
      nodes: graph.nodes!.map((node) => ({ ...node, inputs: node.inputs!.map(rename), outputs: node.outputs!.map(rename) })),
      initializers: [],
      inputs: inputs.map((input) => ({ ...input, name: rename(input.name!) })),
      outputs: graph.outputs!.map((output) => ({ ...output, name: rename(output.name!) })),
    },
    constants: graph.initializers ?? [],
  };
}

const isShared = (name: string | undefined): boolean => name === "points" || sampling.some(([known]) => known === name);
