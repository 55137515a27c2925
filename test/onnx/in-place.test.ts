/** Results that go to memory which is given, also to that of an input. */
import { describe, expect, test } from "vitest";
import { decodeModel, GraphBuilder, openSession, refuseCopies, value } from "../../kernel-helpers/onnx/index.ts";

const size = 1_000_000;

/** w ← w − step, and the sum of the new w. */
function descent({ uncopied }: { uncopied: boolean }): Uint8Array {
  const graph = new GraphBuilder("descent");
  if (uncopied) refuseCopies(graph);
  const next = graph.node("Sub", [graph.input("w", "float32", [size]), graph.input("step", "float32", [])]);
  graph.output("next", next, "float32", [size]);
  graph.output("total", graph.node("ReduceSum", [next], { attributes: { keepdims: 0 } }), "float32", []);
  return graph.encode();
}

describe.each([false, true])("results written to given memory (uncopied: %s)", (uncopied) => {
  test("replace the input whose memory it is, run after run", () => {
    using session = openSession(descent({ uncopied }));
    expect(session.outputs.map(({ name }) => name)).toEqual(["next", "total"]);
    const w = value(new Float32Array(size).fill(3));
    const total = value(new Float32Array(1), []);
    for (let run = 1; run <= 5; run++) {
      const results = session.runSync({ w, step: value(Float32Array.of(0.5), []) }, { next: w, total });
      expect(results.next!.data[size - 1]).toBe(3 - run / 2);
      expect(total.data[0]).toBe((3 - run / 2) * size);
    }
    expect(w.data[0]).toBe(0.5);
  });

  test("still fail as they should when an input does not fit", () => {
    using session = openSession(descent({ uncopied }));
    expect(() => session.runSync({ w: value(new Float32Array(2)), step: value(Float32Array.of(1), []) })).toThrow(
      'input "w" is float32 (2), expected float32 (1000000)',
    );
  });
});

describe("an output of a graph", () => {
  test("is written by the node that makes it", () => {
    expect(decodeModel(descent({ uncopied: false })).graph.nodes!.map(({ opType }) => opType)).toEqual(["Sub", "ReduceSum"]);
  });

  test("is a copy when it is an input, a constant or an output already", () => {
    const graph = new GraphBuilder("copies");
    const x = graph.input("x", "float32", [1]);
    const y = graph.node("Neg", [x]);
    for (const [name, from] of Object.entries({ x2: x, y1: y, y2: y, c: graph.constant("one", Float32Array.of(1)) })) {
      graph.output(name, from, "float32", [1]);
    }
    using session = openSession(graph.encode());
    const results = session.runSync({ x: value(Float32Array.of(5)) });
    expect(Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data[0]]))).toEqual({ x2: 5, y1: -5, y2: -5, c: 1 });
  });
});
