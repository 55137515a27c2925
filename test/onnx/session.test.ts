/** Graphs that are built here and really run; faults of models, inputs and devices. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { autoDevices, createSession, decodeModel, encodeModel, GraphBuilder, openSession, value } from "../../kernel-helpers/onnx/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-onnx-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** y = softmax(x · W + b), x of (n, 3), W of (3, 2). */
function classifier(): GraphBuilder {
  const graph = new GraphBuilder("classifier");
  const x = graph.input("x", "float32", ["n", 3]);
  const weights = graph.constant("W", Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
  const scores = graph.node("Add", [graph.node("MatMul", [x, weights]), graph.constant("b", Float32Array.of(0.5, -0.5))]);
  graph.output("y", graph.node("Softmax", [scores], { attributes: { axis: -1 } }), "float32", ["n", 2]);
  return graph;
}

describe("a session", () => {
  test("runs a built graph, with a size that varies from run to run", async () => {
    using session = await createSession(classifier().encode());
    expect(session.device).toBe("cpu");
    expect(session.inputs).toEqual([{ name: "x", dtype: "float32", shape: ["n", 3] }]);
    const { y } = await session.run({ x: value(Float32Array.of(1, 0, 0, 0, 1, -1), [2, 3]) });
    // Rows of scores: (1.5, 1.5) and (3 - 5 + 0.5, 4 - 6 - 0.5).
    const expected = [0.5, 0.5, 1 / (1 + Math.exp(-1)), 1 / (1 + Math.exp(1))];
    expect(y!.dims).toEqual([2, 2]);
    for (const [index, number] of expected.entries()) expect(y!.data[index]).toBeCloseTo(number, 6);
    expect((await session.run({ x: value(new Float32Array(15), [5, 3]) }))["y"]!.dims).toEqual([5, 2]);
  });

  test("runs the same after the model was decoded and encoded again, and from a file", async () => {
    const file = path.join(folder, "model.onnx");
    writeFileSync(file, encodeModel(decodeModel(classifier().encode())));
    using session = await createSession(file);
    const { y } = await session.run({ x: value(Float32Array.of(1, 0, 0), [1, 3]) });
    expect([...y!.data]).toEqual([0.5, 0.5]);
  });

  test("reads constants from another file", async () => {
    writeFileSync(path.join(folder, "weights.bin"), Float32Array.of(9, 9, 10, 20, 30));
    const graph = new GraphBuilder("external");
    const x = graph.input("x", "float32", [3]);
    const weights = graph.externalConstant("w", "float32", [3], { location: "weights.bin", offset: 8, length: 12 });
    graph.output("y", graph.node("Mul", [x, weights]), "float32", [3]);
    using session = await createSession(graph.encode(), { externalFolder: folder });
    expect([...(await session.run({ x: value(Float32Array.of(1, 2, 3)) }))["y"]!.data]).toEqual([10, 40, 90]);
  });

  test("takes integers of 64 bits", async () => {
    const graph = new GraphBuilder("integers");
    const x = graph.input("x", "int64", ["n"]);
    graph.output("y", graph.node("Add", [x, graph.constant("one", BigInt64Array.of(1n))]), "int64", ["n"]);
    using session = await createSession(graph.encode());
    const { y } = await session.run({ x: value(BigInt64Array.of(2n ** 40n, -1n)) });
    expect([...(y!.data as BigInt64Array)]).toEqual([2n ** 40n + 1n, 0n]);
  });

  test("refuses inputs that do not fit, by name", async () => {
    using session = await createSession(classifier().encode());
    await expect(session.run({ x: value(new Float32Array(4), [2, 2]) })).rejects.toThrow(
      'input "x" is float32 (2, 2), expected float32 (n, 3)\n  hint: the inputs are x',
    );
    await expect(session.run({ x: value(new Int32Array(3), [1, 3]) })).rejects.toThrow(
      'input "x" is int32 (1, 3), expected float32 (n, 3)',
    );
    await expect(session.run({})).rejects.toThrow('input "x" is nothing, expected float32 (n, 3)');
    expect(() => value(new Float32Array(3), [2, 2])).toThrow("a tensor of shape (2, 2) holds 4 elements, not 3");
  });

  test("says that it is closed", async () => {
    const session = await createSession(classifier().encode());
    session.close();
    session.close();
    await expect(session.run({ x: value(new Float32Array(3), [1, 3]) })).rejects.toThrow(
      "this session is closed\n  hint: create another one, or close it later",
    );
  });

  test("many are made and closed without keeping their memory", async () => {
    const graph = new GraphBuilder("large");
    const x = graph.input("x", "float32", ["n", 1024]);
    graph.output("y", graph.node("MatMul", [x, graph.constant("W", new Float32Array(1024 * 1024), [1024, 1024])]), "float32", ["n", 1024]);
    const model = graph.encode(); // 4 MB
    const open = async (): Promise<void> => {
      using session = await createSession(model);
      await session.run({ x: value(new Float32Array(1024), [1, 1024]) });
    };
    for (let warm = 0; warm < 5; warm++) await open();
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 40; round++) await open();
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(80); // 40 kept ones would be 160 MB and more
  });
});

describe("what a session is given is checked", () => {
  const model = classifier().encode();
  const thrown = (f: () => unknown): unknown => {
    try {
      f();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test.each<[string, object, string]>([
    ["threads", { threads: -1 }, "threads must be an integer ≥ 1 and ≤ 1024, got -1"],
    ["threads", { threads: 1.5 }, "threads must be an integer ≥ 1 and ≤ 1024, got 1.5"],
    ["device", { device: "gpu" }, 'device must be one of "auto", "cpu", "webgpu", "cuda", got "gpu"'],
    ["options", { thread: 2 }, 'options has no option "thread"\n  hint: did you mean "threads"?'],
    ["memoryPattern", { memoryPattern: "no" }, 'memoryPattern must be true or false, got "no"'],
    ["externalFolder", { externalFolder: 3 }, "externalFolder must be a string, got 3"],
  ])("%s: %o", (argument, options, message) => {
    const error = thrown(() => openSession(model, options));
    expect(error).toMatchObject({ code: "ERR_ARGUMENT", facts: { argument } });
    expect((error as Error).message).toContain(message);
  });

  test("a model that is neither a path nor bytes", () => {
    expect(() => openSession(null as never)).toThrow("model must be a file's path, or the bytes of an ONNX model, got null");
  });

  test("values, by name, element type, sizes and length", () => {
    using session = openSession(model);
    const x = value(new Float32Array(3), [1, 3]);
    expect(() => session.runSync({ x, z: x })).toThrow('the graph has no input "z"\n  hint: the inputs are x');
    expect(() => session.runSync(null as never)).toThrow("inputs must be a plain object, got null");
    expect(() => session.runSync({ x: [1, 2, 3] as never })).toThrow('input "x" is an array of 3, expected float32 (n, 3)');
    expect(() => session.runSync({ x: { ...x, dims: [5, 3] } })).toThrow('"x" of shape (5, 3) holds 15 elements, not 3');
    expect(() => session.runSync({ x }, { q: x })).toThrow('the graph has no output "q"');
    expect(() => session.runSync({ x }, { y: x })).toThrow('output "y" is float32 (1, 3), expected float32 (n, 2)');
    expect(() => value(new Float32Array(2), [2], "int64")).toThrow("data must be a BigInt64Array for int64, got a Float32Array of 2");
    expect(() => value([1, 2] as never)).toThrow("data must be a typed array of numbers, got an array of 2");
    expect(() => value(new Float32Array(2), 2 as never)).toThrow("dims must be an array, got 2");
  });
});

describe("faults", () => {
  test("a model that is none", async () => {
    await expect(createSession(new TextEncoder().encode("no model"))).rejects.toThrow(
      /^ONNX Runtime refuses the model: [^]*\n {2}hint: is the file whole/,
    );
  });

  test("a file that is not there", async () => {
    await expect(createSession("nowhere.onnx")).rejects.toMatchObject({ code: "ERR_UNAVAILABLE", facts: { file: "nowhere.onnx" } });
  });

  test("an operator that does not exist", async () => {
    const graph = new GraphBuilder("unknown");
    graph.output("y", graph.node("Teleport", [graph.input("x", "float32", [1])]), "float32", [1]);
    await expect(createSession(graph.encode(), { device: "auto" })).rejects.toThrow(/^ONNX Runtime refuses the model: [^]*Teleport/);
  });

  test("a file that is not there", async () => {
    await expect(createSession(path.join(folder, "none.onnx"))).rejects.toThrow(/none\.onnx/);
  });

  test.skipIf(existsSync("/proc/driver/nvidia/version"))("CUDA without an NVIDIA driver says how to get it", async () => {
    await expect(createSession(classifier().encode(), { device: "cuda" })).rejects.toThrow(
      /^device cuda is not available: [^]*\n {2}hint: this machine shows no NVIDIA GPU/,
    );
  });

  test("auto leaves out what this machine lacks, and a graphics driver without a GPU", () => {
    expect(autoDevices("linux", () => false).at(-1)).toBe("cpu");
    if (!existsSync("/proc/driver/nvidia/version")) {
      expect(autoDevices("linux", () => false)).toEqual(["cpu"]);
      expect(autoDevices("linux", () => true)).toEqual(["webgpu", "cpu"]);
    }
    expect(autoDevices("darwin")).toEqual(["webgpu", "cpu"]);
  });
});
