/** Compiled graphs that keep large matrices in blocks of channels: the numbers of the graph for any machine, and nothing rearranged between products. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { channelBlock, openSession } from "../../kernel-helpers/onnx/index.ts";
import { evaluate } from "../../kernel-helpers/tensor/evaluate.ts";
import { inBlocks } from "../../kernel-helpers/tensor/blocks/in-blocks.ts";
import { isGiven, nodesBelow } from "../../kernel-helpers/tensor/graph/order.ts";
import type { Value } from "../../kernel-helpers/tensor/graph/value.ts";
import { record } from "../../kernel-helpers/tensor/jit/trace.ts";
import { concat, jit, normal, valueAndGrad, where, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const width = channelBlock();

test("a processor has blocks as wide as its vectors, or none", () => {
  expect([undefined, 4, 8, 16, 32]).toContain(width);
});

const draw = (...shape: number[]): Tensor => normal(shape, { seed: shape.reduce((seed, size) => seed * 31 + size, 7), deviation: 0.1 });

/** Each with shapes of what it takes, so large that its products are worth it. */
const functions: Record<string, [f: (...given: Tensor[]) => Tensor, shapes: number[][]]> = {
  product: [
    (a, b) => a!.matmul(b!),
    [
      [640, 704],
      [704, 768],
    ],
  ],
  "product of transposed": [
    (a, b) => a!.T.matmul(b!.T),
    [
      [704, 640],
      [768, 704],
    ],
  ],
  "batches of rows by a matrix": [
    (a, b) => a!.matmul(b!),
    [
      [4, 192, 640],
      [640, 768],
    ],
  ],
  "rows that are no multiple of a block": [
    (a, b) => a!.matmul(b!),
    [
      [4, 193, 640],
      [640, 768],
    ],
  ],
  "bias and activation": [(a, b, c) => a!.matmul(b!).add(c!).gelu({ approximate: "tanh" }), [[768, 640], [640, 768], [768]]],
  "bias first": [(a, b, c) => c!.add(a!.matmul(b!)), [[768, 640], [640, 768], [768]]],
  "bias of a product that is read twice": [
    (a, b, c) => {
      const product = a!.matmul(b!);
      return product.add(c!).mul(product);
    },
    [[768, 640], [640, 768], [768]],
  ],
  "sum of two products": [
    (a, b) => a!.matmul(b!).add(a!.matmul(b!.relu())).tanh(),
    [
      [768, 640],
      [640, 768],
    ],
  ],
  "two layers": [(x, w, b, v) => x!.matmul(w!).add(b!).silu().mul(2).matmul(v!), [[2, 384, 640], [640, 1024], [1024], [1024, 640]]],
  "parts of a product": [
    (x, w) => {
      const [a, b] = x!.matmul(w!).split([512, 256]);
      return concat([a!.softmax(-1), b!.relu()], -1);
    },
    [
      [768, 640],
      [640, 768],
    ],
  ],
  "a condition on a product": [
    (a, b, c) => where(a!.matmul(b!).greater(0), c!, c!.neg()),
    [
      [768, 640],
      [640, 768],
      [768, 768],
    ],
  ],
  "plain and blocked readers": [
    (x, w, v) => {
      const h = x!.matmul(w!).relu();
      return concat([h.matmul(v!), h.cumsum(0)], 0);
    },
    [
      [768, 768],
      [768, 768],
      [768, 768],
    ],
  ],
};

const valueOf = (tensor: Tensor): Value => (tensor as unknown as { value: Value }).value;
const largest = (numbers: Float32Array): number => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);

describe.runIf(width !== undefined)("in blocks", () => {
  test.each(Object.entries(functions))("%s, with gradients", (_, [f, shapes]) => {
    const given = shapes.map((shape) => draw(...shape));
    const weights = draw(...f(...given).shape);
    const [value, gradients] = valueAndGrad((xs: readonly Tensor[]) =>
      f(...xs)
        .mul(weights)
        .sum(),
    )(given);
    const plain = [f(...given), value, ...(gradients as Tensor[])].map(valueOf);
    const placed = inBlocks(plain, width!, 0);
    expect(nodesBelow(placed, isGiven).some(({ operator }) => operator.name === "blockedProduct")).toBe(true);
    evaluate([...plain, ...placed]);
    plain.forEach((one, index) => {
      const [numbers, found] = [one, placed[index]!].map(({ buffer }) => buffer!.data as Float32Array) as [Float32Array, Float32Array];
      const worst = largest(found.map((number, place) => number - numbers[place]!));
      expect(worst).toBeLessThan(2e-5 * largest(numbers) + 1e-6);
    });
  });

  test("a compiled function gives what its portable graph gives", () => {
    const given = [draw(2048, 512), draw(512, 2048), draw(2048), draw(2048, 512)];
    const f = jit((x: Tensor, w: Tensor, b: Tensor, v: Tensor) => x.matmul(w).add(b).gelu({ approximate: "tanh" }).matmul(v));
    const found = f(...(given as [Tensor, Tensor, Tensor, Tensor])).data as Float32Array;
    using portable = openSession(f.toOnnx(...(given as [Tensor, Tensor, Tensor, Tensor])));
    const feeds = given.map(({ data, shape }, index) => [`input_${index}`, { dtype: "float32", data, dims: shape }] as const);
    const expected = portable.runSync(Object.fromEntries(feeds)).output_0!.data as Float32Array;
    expect(largest(found.map((number, place) => number - expected[place]!))).toBeLessThan(2e-5 * largest(expected));
    f.close();
  });

  test("between the two products of an MLP, forward and backward, nothing is rearranged", () => {
    const [x, w, b, v] = [draw(640, 512), draw(512, 1536), draw(1536), draw(1536, 512)];
    const { result } = record(
      (...[input, up, bias, down]: Tensor[]) => {
        const loss = ([a, c, d]: readonly Tensor[]): Tensor => input!.matmul(a!).add(c!).gelu({ approximate: "tanh" }).matmul(d!).mean();
        return valueAndGrad(loss)([up!, bias!, down!]);
      },
      [x, w, b, v],
    );
    const [loss, gradients] = result as [Tensor, Tensor[]];
    const placed = inBlocks([loss, ...gradients].map(valueOf), width!, 0);
    const nodes = nodesBelow(placed);
    expect(nodes.filter(({ operator }) => operator.name === "blockedProduct").length).toBe(5);
    const moved = nodes.filter(({ operator }) => ["block", "unblock"].includes(operator.name));
    const plain = moved.map(({ operator, inputs, outputs }) => (operator.name === "block" ? inputs : outputs)[0]!.shape.join());
    expect(plain).not.toContain("640,1536");
  });

  test("small products, and what is known already, stay as they are", () => {
    const a = draw(64, 64);
    const small = valueOf(a.matmul(a));
    expect(inBlocks([small], width!, 0)).toEqual([small]);
    evaluate([small]);
    expect(inBlocks([small], width!, 0)[0]).toBe(small);
  });

  test("a graph in which moving takes longer than the products save stays as it is", () => {
    const [a, b] = [draw(640, 704), draw(704, 768)];
    const product = valueOf(a.matmul(b));
    expect(inBlocks([product], width!)).toEqual([product]);
    expect(inBlocks([product], width!, 0)).not.toEqual([product]);
  });
});

test("the pass is one function: nothing outside knows its other files", () => {
  const files = readdirSync("kernel-helpers", { recursive: true, encoding: "utf8" }).filter((file) =>
    /^(?!dist|node_modules).*\.ts$/.test(file),
  );
  const imports = files
    .filter((file) => !file.startsWith("tensor/blocks/"))
    .flatMap((file) => [...readFileSync(`kernel-helpers/${file}`, "utf8").matchAll(/import ([^;]*) from "[^"]*\/blocks\/([^"]*)"/g)]);
  expect(imports.map(([, names, file]) => [names, file])).toEqual([["{ inBlocks }", "in-blocks.ts"]]);
});
