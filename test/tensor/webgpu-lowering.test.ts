/** Graphs for WebGPU have no operator that its provider lacks; held to the CPU's graphs by running both on the CPU. */
import { expect, test } from "vitest";
import { GraphBuilder, openSession, value, type Device } from "../../kernel-helpers/onnx/index.ts";
import { after, normal, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { makeProgram } from "../../kernel-helpers/tensor/graph/program.ts";
import type { Value } from "../../kernel-helpers/tensor/graph/value.ts";

function run(expression: Tensor, device: Device): { operators: string[]; numbers: number[] } {
  const program = makeProgram([(expression as unknown as { value: Value }).value], { isFed: () => true });
  const graph = program.build(new GraphBuilder("test"), device);
  const feeds = program.inputs.map((input, index) => [`input_${index}`, value(input.buffer!.data, [...input.shape], input.dtype)] as const);
  using session = openSession(graph.encode());
  const numbers = Array.from(session.runSync(Object.fromEntries(feeds)).output_0!.data as Float32Array);
  return { operators: graph.model().graph.nodes!.map(({ opType }) => opType), numbers };
}

const given = (...shape: number[]): Tensor => {
  const drawn = normal(shape, { seed: shape.length });
  void drawn.data; // numbers from here on, not their making
  return drawn;
};

const cases: Record<string, { make: () => Tensor; lacks: string }> = {
  "a product with an operand transposed": { make: () => given(2, 3, 4).matmul(given(2, 5, 4).T), lacks: "FusedMatMul" },
  "a product with both transposed": { make: () => given(2, 4, 3).T.matmul(given(2, 5, 4).T), lacks: "FusedMatMul" },
  "a product of heads, whose rows come first": {
    make: () =>
      given(6, 2, 3, 4)
        .permute([1, 2, 0, 3])
        .matmul(given(5, 2, 3, 4).permute([1, 2, 3, 0])),
    lacks: "FusedMatMul",
  },
  "log softmax": { make: () => given(3, 4).logSoftmax(-1), lacks: "LogSoftmax" },
  "what waits for others": { make: () => after(given(3), [given(2, 2), given(4)]), lacks: "IsNaN" },
};

test.each(Object.entries(cases))("%s", (_, { make, lacks }) => {
  const [cpu, webgpu] = [run(make(), "cpu"), run(make(), "webgpu")];
  expect(cpu.operators).toContain(lacks);
  expect(webgpu.operators).not.toContain(lacks);
  expect(webgpu.numbers).toHaveLength(cpu.numbers.length);
  webgpu.numbers.forEach((number, index) => expect(number).toBeCloseTo(cpu.numbers[index]!, 5));
});
