import { describe, expect, test } from "vitest";
import { decodeModel, GraphBuilder, openSession, value } from "../../kernel-helpers/onnx/index.ts";

/** Each row of x times w + 1, which is a result of its own. */
function scaledRows(): GraphBuilder {
  const graph = new GraphBuilder("scaled");
  const [x, w] = [graph.input("x", "float32", [2, 3]), graph.input("w", "float32", [3])];
  const one = graph.constant("one", Float32Array.of(1));
  const scale = graph.node("Add", [w, one]);
  const body = graph.inner();
  const row = body.input("x", "float32", [3]);
  const gelu = body.node("FastGelu", [body.node("Mul", [row, scale])], { domain: "com.microsoft" });
  body.output("y", body.node("Sub", [gelu, body.constant("one", Float32Array.of(1))]), "float32", [3]);
  graph.output("y", graph.node("Scan", [x], { attributes: { num_scan_inputs: 1 }, graphs: { body } }), "float32", [2, 3]);
  graph.output("scale", scale, "float32", [3]);
  return graph;
}

describe("a graph within a graph", () => {
  test("reads values of the outer one, also such as are outputs, and brings its operator sets", () => {
    using session = openSession(scaledRows().encode());
    const x = value(Float32Array.of(10, 20, 30, -10, -20, 40), [2, 3], "float32");
    const results = session.runSync({ x, w: value(Float32Array.of(0, 1, 2), [3], "float32") });
    expect([...(results.y!.data as Float32Array)]).toEqual([9, 39, 89, -1, -1, 119]);
    expect([...(results.scale!.data as Float32Array)]).toEqual([1, 2, 3]);
  });

  test("has names of its own, and none of its values is known outside", () => {
    const graph = scaledRows();
    const { nodes } = decodeModel(graph.encode()).graph;
    const { graph: body } = nodes!.find(({ opType }) => opType === "Scan")!.attributes!.find(({ name }) => name === "body")!;
    expect(body!.inputs!.map(({ name }) => name)).toEqual(["scaled.0.x"]);
    expect(() => graph.node("Neg", ["scaled.0.x"])).toThrow(/does not have yet/);
    expect(() => graph.inner().node("Neg", ["nothing"])).toThrow(/does not have yet/);
  });
});
