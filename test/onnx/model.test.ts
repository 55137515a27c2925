/** ONNX models as bytes: what is written is read, and what is broken is named. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, decodeModel, encodeModel, GraphBuilder, value, type OnnxModel } from "../../kernel-helpers/onnx/index.ts";

const integer = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }), fc.constant(-1));
const bytes = fc.uint8Array({ maxLength: 40 });
const float = fc.float({ noNaN: true });
const text = fc.string({ unit: "grapheme", maxLength: 12 });

/** An object with some of the fields: what is left out is not written. */
const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> => fc.record(fields, { requiredKeys: [] });
const list = <T>(items: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(items, { minLength: 1, maxLength: 4 });

const tensor = some({
  dims: list(integer),
  dataType: fc.integer({ min: 0, max: 20 }),
  name: text,
  rawData: bytes,
  floatData: list(float),
  int64Data: list(integer),
  doubleData: list(fc.double({ noNaN: true })),
  externalData: list(fc.record({ key: text, value: text })),
});

const attribute = some({
  name: text,
  type: fc.integer({ min: 0, max: 14 }),
  float,
  int: integer,
  string: bytes,
  tensor,
  floats: list(float),
  ints: list(integer),
});

const valueInfo = some({
  name: text,
  type: fc.record({
    tensor: fc.record({
      elementType: integer,
      shape: fc.record({ dims: list(fc.oneof(fc.record({ value: integer }), fc.record({ name: text }))) }),
    }),
  }),
});

const graph = some({
  name: text,
  nodes: list(some({ opType: text, inputs: list(text), outputs: list(text), attributes: list(attribute), domain: text })),
  initializers: list(tensor),
  inputs: list(valueInfo),
  outputs: list(valueInfo),
});

const model = fc.record({
  irVersion: integer,
  producerName: text,
  graph,
  opsets: list(fc.record({ domain: text, version: integer })),
}) as unknown as fc.Arbitrary<OnnxModel>;

describe("encodeModel and decodeModel", () => {
  test("what is written is read", () => {
    fc.assert(
      fc.property(model, (given) => {
        expect(decodeModel(encodeModel(given))).toEqual(given);
      }),
    );
  });

  test("fields that the reader does not know are written back", () => {
    // Field 25 of ModelProto, functions; and field 9 of the graph's first node, metadata.
    const known = encodeModel({ irVersion: 10, graph: { nodes: [{ opType: "Relu" }] }, opsets: [{ version: 21 }] });
    const strange = Buffer.from([0xca, 0x01, 0x03, 1, 2, 3]);
    const back = encodeModel(decodeModel(Buffer.concat([known, strange])));
    expect(Buffer.from(back).equals(Buffer.concat([known, strange]))).toBe(true);
  });

  test("a model cut anywhere is no model, or one that lacks something, but nothing else is thrown", () => {
    const whole = new GraphBuilder("cut");
    const x = whole.input("x", "float32", ["n"]);
    whole.output("y", whole.node("Relu", [x]), "float32", ["n"]);
    const encoded = whole.encode();
    for (let length = 0; length < encoded.length - 1; length++) {
      try {
        decodeModel(encoded.subarray(0, length));
      } catch (error) {
        expect((error as Error).name).toBe("FormatError");
      }
    }
  });

  test("random bytes give a FormatError or a model, and end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        try {
          decodeModel(garbage);
        } catch (error) {
          expect((error as Error).name).toBe("FormatError");
        }
      }),
    );
  });

  test("says where a file stops to be a model", () => {
    expect(() => decodeModel(new TextEncoder().encode("<html>"))).toThrow(
      /^not a protobuf message of the expected kind: .*\n {2}hint: is the file an ONNX model, and whole\?$/,
    );
    expect(() => decodeModel(new Uint8Array())).toThrow("it has no graph, no operator set or no version");
  });
});

describe("GraphBuilder", () => {
  test("refuses a value that is not there yet, one given twice, and data of another size", () => {
    const builder = new GraphBuilder("errors");
    builder.input("x", "float32", [2]);
    expect(() => builder.node("Add", ["x", "y"])).toThrow(
      'Add takes "y", which the graph does not have yet\n  hint: make the value before the node that uses it',
    );
    expect(() => builder.input("x", "float32", [2])).toThrow('the graph has a value "x" already');
    expect(() => builder.constant("c", new Float32Array(3), [2, 2])).toThrow(
      'constant "c" of shape (2, 2) holds 4 elements, not 3\n  hint: give the shape of the data',
    );
    expect(() => builder.node("Relu", ["x"], { attributes: { alpha: 0.5 } })).toThrow(
      "attribute alpha must be an integer, got 0.5\n  hint: write a float as { float: value }",
    );
  });
});

describe("what is not a graph", () => {
  const made =
    (use: (graph: GraphBuilder) => unknown): (() => unknown) =>
    () => {
      const graph = new GraphBuilder("g");
      graph.input("x", "float32", [2]);
      return use(graph);
    };
  test.each([
    ["a node of no operator", (graph: GraphBuilder) => graph.node(undefined as never, ["x"]), "opType must be a string, got undefined"],
    ["a node of one name", (graph: GraphBuilder) => graph.node("Relu", "x" as never), 'inputs must be an array, got "x"'],
    ["a node of a value not made", (graph: GraphBuilder) => graph.node("Relu", ["y"]), 'Relu takes "y", which the graph does not have yet'],
    ["a node of no output", (graph: GraphBuilder) => graph.nodes("Relu", ["x"], { outputs: 0 }), "outputs must be an integer ≥ 1, got 0"],
    [
      "a misspelt option",
      (graph: GraphBuilder) => graph.node("Relu", ["x"], { attribute: {} } as never),
      'options has no option "attribute"',
    ],
    [
      "an attribute of another kind",
      (graph: GraphBuilder) => graph.node("Relu", ["x"], { attributes: { alpha: null as never } }),
      "attribute alpha must be an integer, a string, a list of integers, { float }, { floats } or { graph }, got null",
    ],
    ["an output that nothing makes", (graph: GraphBuilder) => graph.output("y", "z", "float32", [2]), 'an output takes "z"'],
    [
      "a constant elsewhere, at no place",
      (graph: GraphBuilder) => graph.externalConstant("c", "float32", [2], { location: "a", offset: -1, length: 8 }),
      "offset must be an integer ≥ 0, got -1",
    ],
    ["no model", () => encodeModel(null as never), "value must be a plain object, got null"],
    ["no bytes", () => decodeModel("model.onnx" as never), 'bytes must be a Uint8Array, got "model.onnx"'],
    ["memory of no type", () => allocate("float" as never, 2), 'dtype must be one of "float32", '],
    ["memory for half a number", () => allocate("float32", 1.5), "size must be an integer ≥ 0, got 1.5"],
    ["memory that is not there", () => allocate("float64", 2 ** 50), "there is no memory for 1125899906842624 numbers of float64"],
    ["a value of nothing", () => value(undefined as never), "data must be a typed array of numbers, got undefined"],
  ])("%s is refused", (_, use, message) => expect(made(use)).toThrow(message));
});
