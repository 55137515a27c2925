import { describe, expect, test } from "vitest";
import { Dropout, Linear, Sequential } from "../../kernel-helpers/nn/index.ts";
import { decodeModel, openSession, value } from "../../kernel-helpers/onnx/index.ts";
import { exportOnnx, full, ones, parameter, tensor, zeros, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const model = new Sequential(
  new Linear(3, 4, { seed: 1 }),
  (x) => x.gelu({ approximate: "tanh" }),
  new Dropout(0.5, { seed: 1 }),
  new Linear(4, 2, { seed: 2 }),
);
const forward = ({ x }: { x: Tensor }): { y: Tensor } => ({ y: model.forward(x) });

describe("exportOnnx", () => {
  test("gives a model that needs nothing else: names as the function has them, parameters within", () => {
    model.eval();
    const bytes = exportOnnx(forward, { x: zeros([2, 3]) }, { parameters: model.parameters() });
    const { graph } = decodeModel(bytes);
    expect(graph.inputs!.map(({ name }) => name)).toEqual(["x"]);
    expect(graph.initializers!.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(model.parameters())));

    using session = openSession(bytes);
    expect(session.outputs).toEqual([{ name: "y", dtype: "float32", shape: [2, 2] }]);
    const x = tensor([
      [1, 2, 3],
      [-1, 0.5, 0],
    ]);
    const { y } = session.runSync({ x: value(x.data, x.shape) });
    Array.from(y!.data as Float32Array).forEach((number, index) =>
      expect(number).toBeCloseTo((model.forward(x).data as Float32Array)[index]!, 6),
    );
  });

  test("keeps the numbers that parameters have at the time, also without names for them", () => {
    const w = parameter(tensor([2, 3]));
    const bytes = exportOnnx(({ x }: { x: Tensor }) => ({ scaled: x.mul(w), same: x, w }), { x: ones([2]) });
    w.assign(tensor([0, 0]));
    using session = openSession(bytes);
    const results = session.runSync({ x: value(Float32Array.of(5, 7)) });
    expect(Object.entries(results).map(([name, { data }]) => [name, [...data]])).toEqual([
      ["scaled", [10, 21]],
      ["same", [5, 7]],
      ["w", [2, 3]],
    ]);
  });

  test("keeps large tensors that are no parameters, and takes inputs in the order of the example", () => {
    const table = full([70_000], 2);
    const known = tensor(table.data);
    const bytes = exportOnnx(({ a, b }: { a: Tensor; b: Tensor }) => ({ total: known.mul(b).add(a).sum() }), {
      a: zeros([1]),
      b: zeros([1]),
    });
    using session = openSession(bytes);
    expect(session.inputs.map(({ name }) => name)).toEqual(["a", "b"]);
    const { total } = session.runSync({ a: value(Float32Array.of(1)), b: value(Float32Array.of(3)) });
    expect(total!.data[0]).toBe(70_000 * 7);
  });

  test("refuses what would not be the same outside: state that changes, inputs without use, names given twice", () => {
    model.train();
    expect(() => exportOnnx(forward, { x: zeros([2, 3]) })).toThrow(
      "the function changes parameters, which an exported model cannot do\n  hint: put the model in evaluation mode: model.eval()",
    );
    expect(() => exportOnnx(({ x }: { x: Tensor; z: Tensor }) => ({ y: x.neg() }), { x: ones([1]), z: ones([1]) })).toThrow(
      'the function does not use its input "z"',
    );
    const w = parameter(ones([1]));
    const clash = (): unknown => exportOnnx(({ x }: { x: Tensor }) => ({ y: x.mul(w) }), { x: ones([1]) }, { parameters: { x: w } });
    expect(clash).toThrow('two values of the model would be called "x"');
    expect(() => exportOnnx(({ x }: { x: Tensor }) => ({ x: x.neg() }), { x: ones([1]) })).toThrow('would be called "x"');
  });
});
