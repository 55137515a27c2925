/** What ONNX Runtime does not promise and we rely on: each of these fails when a new version of it does otherwise. */
import { afterAll, describe, expect, test } from "vitest";
import {
  falseOnceComputed,
  GraphBuilder,
  openSession,
  refuseCopies,
  stoppedBy,
  stopUnless,
  value,
} from "../../kernel-helpers/onnx/index.ts";
import { newNativeSession } from "../../kernel-helpers/onnx/native.ts";
import { isModelFault, isRefusedCopy, runError } from "../../kernel-helpers/onnx/unpromised.ts";
import { Tensor } from "onnxruntime-node";

const thrownBy = (f: () => unknown): unknown => {
  try {
    f();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

describe("an output of bfloat16", () => {
  const graph = new GraphBuilder("copies");
  refuseCopies(graph);
  graph.output("y", graph.node("Neg", [graph.input("x", "float32", [3])]), "float32", [3]);

  test("is refused by onnxruntime-node in the words that we know, once the others have been written", () => {
    const native = newNativeSession();
    const model = graph.encode();
    native.loadModel(model.buffer, model.byteOffset, model.byteLength, {});
    const y = new Float32Array(3);
    const fetches = { uncopied: null, y: new Tensor("float32", y, [3]) };
    const error = thrownBy(() => native.run({ x: new Tensor("float32", Float32Array.of(1, 2, 3), [3]) }, fetches, {}));
    expect(isRefusedCopy(error)).toBe(true);
    expect([...y]).toEqual([-1, -2, -3]);
    native.dispose();
  });

  test("is not among the outputs of a session, and its refusal is not an error", () => {
    using session = openSession(graph.encode());
    expect(session.outputs.map(({ name }) => name)).toEqual(["y"]);
    const y = value(new Float32Array(3));
    expect(session.runSync({ x: value(Float32Array.of(4, 5, 6)) }, { y }).y).toBe(y);
    expect([...y.data]).toEqual([-4, -5, -6]);
  });
});

describe("stopUnless", () => {
  const graph = new GraphBuilder("stop");
  const one = stopUnless(graph, graph.input("condition", "bool", []));
  graph.output("y", graph.node("Mul", [graph.input("x", "float32", [2]), one]), "float32", [2]);
  const session = openSession(graph.encode());
  afterAll(() => session.close());
  const x = value(Float32Array.of(2, 3));
  const run = (condition: number): Float32Array => {
    const y = value(new Float32Array(2));
    session.runSync({ x, condition: value(Uint8Array.of(condition), [], "bool") }, { y });
    return y.data as Float32Array;
  };

  test("is 1 where the condition holds, and an error with a code where it does not", () => {
    expect([...run(1)]).toEqual([2, 3]);
    const error = thrownBy(() => run(0));
    expect(error).toMatchObject({ name: "StoppedError", code: "ERR_STOPPED" });
    expect(stoppedBy(error)).toBe(true);
    expect([...run(1)]).toEqual([2, 3]);
  });

  test("leaves what waits for it unwritten", () => {
    const y = value(Float32Array.of(8, 9));
    thrownBy(() => session.runSync({ x, condition: value(Uint8Array.of(0), [], "bool") }, { y }));
    expect([...y.data]).toEqual([8, 9]);
  });
});

describe("an index out of range", () => {
  const failing = (opType: "Gather" | "GatherElements" | "ScatterElements"): unknown => {
    const graph = new GraphBuilder("lookup");
    const table = graph.input("table", "float32", [3]);
    const index = graph.input("index", "int64", [1]);
    const inputs = opType === "ScatterElements" ? [table, index, graph.constant("one", Float32Array.of(1))] : [table, index];
    graph.output("y", graph.node(opType, inputs), "float32", [opType === "ScatterElements" ? 3 : 1]);
    using session = openSession(graph.encode());
    return thrownBy(() => session.runSync({ table: value(new Float32Array(3)), index: value(BigInt64Array.of(7n)) }));
  };

  test.each(["Gather", "ScatterElements"] as const)("of %s is named, with the range", (opType) => {
    const error = failing(opType);
    expect(error).toMatchObject({ code: "ERR_OUT_OF_RANGE", facts: { value: 7, min: -3, max: 2, node: `${opType}_0` } });
    expect(stoppedBy(error)).toBe(false);
  });

  test("of GatherElements is recognised, but the runtime does not say which", () => {
    expect(failing("GatherElements")).toMatchObject({ code: "ERR_OUT_OF_RANGE", facts: { node: "GatherElements_0" } });
  });

  test("any other error of a run keeps the runtime's words and has a hint", () => {
    const graph = new GraphBuilder("mismatch");
    const [x, y] = [graph.input("x", "float32", ["n"]), graph.input("y", "float32", ["m"])];
    graph.output("z", graph.node("Add", [x, y]), "float32", ["k"]);
    using session = openSession(graph.encode());
    const error = thrownBy(() => session.runSync({ x: value(new Float32Array(2)), y: value(new Float32Array(3)) }));
    expect(error).toMatchObject({ code: "ERR_HELPER", facts: { node: "Add_0" } });
    expect((error as Error).message).toMatch(/^ONNX Runtime could not run the graph: .*2 by 3/);
    expect(runError("odd").message).toMatch(/could not run the graph: odd/);
  });
});

describe("falseOnceComputed", () => {
  test.each([1, 3])("waits for %i values, whatever they are, and is false", (count) => {
    const graph = new GraphBuilder("order");
    const slow = Array.from({ length: count }, (_, index) => graph.node("Exp", [graph.input(`x${index}`, "float32", [1])]));
    graph.output("no", falseOnceComputed(graph, slow), "bool", [1]);
    using session = openSession(graph.encode());
    const feeds = (number: number): Record<string, ReturnType<typeof value>> =>
      Object.fromEntries(slow.map((_, index) => [`x${index}`, value(Float32Array.of(number))]));
    for (const number of [0, NaN, Infinity]) expect(session.runSync(feeds(number)).no!.data[0]).toBe(0);
    // An optimizer that knew the answer would need no Exp, and an index that is looked up before it would not fail the run.
    const stopped = new GraphBuilder("waits");
    const x = stopped.input("x", "float32", [1]);
    const one = stopped.node("Reshape", [
      stopUnless(stopped, stopped.input("condition", "bool", [])),
      stopped.constant("list", BigInt64Array.of(1n)),
    ]);
    stopped.output(
      "no",
      falseOnceComputed(
        stopped,
        Array.from({ length: count }, () => stopped.node("Mul", [x, one])),
      ),
      "bool",
      [1],
    );
    using other = openSession(stopped.encode());
    const error = thrownBy(() => other.runSync({ x: value(Float32Array.of(1)), condition: value(Uint8Array.of(0), [], "bool") }));
    expect(stoppedBy(error)).toBe(true);
  });
});

test("an error of loading says whether the model is at fault", () => {
  const load = (model: Uint8Array): unknown => {
    const native = newNativeSession();
    return thrownBy(() => native.loadModel(model.buffer as ArrayBuffer, model.byteOffset, model.byteLength, {}));
  };
  const unknown = new GraphBuilder("unknown");
  unknown.output("y", unknown.node("NoSuchOperator", [unknown.input("x", "float32", [1])]), "float32", [1]);
  const mismatched = new GraphBuilder("mismatched");
  const sum = mismatched.node("Add", [mismatched.input("x", "float32", [2]), mismatched.input("y", "float32", [3])]);
  mismatched.output("z", sum, "float32", [2]);
  for (const model of [new TextEncoder().encode("not a model"), unknown.encode(), mismatched.encode()]) {
    expect(isModelFault(load(model))).toBe(true);
  }
  expect(isModelFault(new Error("libcudnn.so.9: cannot open shared object file"))).toBe(false);
});
