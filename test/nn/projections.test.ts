/** Projections behind one interface: dense, with a low-rank matrix added, in 4 or 8 bits. */
import { describe, expect, test } from "vitest";
import { Linear, LoRALinear, QuantizedLinear } from "../../kernel-helpers/nn/index.ts";
import {
  grad,
  jit,
  normal,
  parameter,
  tensor,
  withValues,
  zeros,
  type QuantizedMatrix,
  type Tensor,
} from "../../kernel-helpers/tensor/index.ts";

const farthest = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().item();

/** 24 rows of 64 numbers. */
function quantized(bits: 4 | 8, hasOffsets: boolean): QuantizedMatrix {
  const [rows, columns, blockSize] = [24, 64, 32];
  const count = (rows * columns) / blockSize;
  return {
    rows,
    columns,
    bits,
    blockSize,
    data: Uint8Array.from({ length: (rows * columns * bits) / 8 }, (_, index) => (index * 97 + 31) % 256),
    scales: Float32Array.from({ length: count }, (_, index) => 0.01 + (index % 7) / 100),
    ...(hasOffsets && { offsets: Float32Array.from({ length: count }, (_, index) => ((index % 5) - 2) / 10) }),
  };
}

describe.each([4, 8] as const)("a matrix in %i bits", (bits) => {
  test.each([false, true])("multiplies as its numbers do but for the rounding of x; its gradient is exact (offsets: %s)", (hasOffsets) => {
    const layer = new QuantizedLinear(quantized(bits, hasOffsets));
    const [x, g] = [
      tensor(normal([2, 5, 64], { seed: 1 }).data, { shape: [2, 5, 64] }),
      tensor(normal([2, 5, 24], { seed: 2 }).data, { shape: [2, 5, 24] }),
    ];
    const expected = x.matmul(layer.matrix().T);
    const size = expected.abs().max().item();
    expect(farthest(layer.forward(x), expected)).toBeLessThan(0.02 * size);
    const slope = jit((given: Tensor) => grad((y: Tensor) => layer.forward(y).mul(g).sum())(given))(x);
    expect(farthest(slope, g.matmul(layer.matrix()))).toBeLessThan(1e-4 * size);
  });
});

test("the first numbers of a block are the low halves of its bytes", () => {
  const matrix = {
    rows: 1,
    columns: 16,
    bits: 4,
    blockSize: 16,
    data: Uint8Array.of(0x9a, ...Array.from({ length: 7 }, () => 0x88)),
    scales: Float32Array.of(0.5),
  } as const;
  expect(new QuantizedLinear(matrix).matrix().toArray()).toEqual([[1, 0.5, ...Array.from({ length: 14 }, () => 0)]]);
});

test("LoRA adds (alpha / rank) B·A to the weight, and nothing at first", () => {
  const base = new Linear(3, 2, { seed: 1 });
  const lora = new LoRALinear(base, { rank: 2, alpha: 6, seed: 2 });
  const x = tensor([[1, 2, 3]]);
  expect(lora.forward(x).toArray()).toEqual(base.forward(x).toArray());
  expect(Object.keys(lora.parameters())).toEqual(["base_layer.weight", "base_layer.bias", "lora_A.weight", "lora_B.weight"]);
  lora.lora_A.weight.assign(
    tensor([
      [1, 0, 0],
      [0, 1, 0],
    ]),
  );
  lora.lora_B.weight.assign(
    tensor([
      [1, 0],
      [0, 2],
    ]),
  );
  expect(lora.forward(x).sub(base.forward(x)).toArray()).toEqual([[3, 12].map((value) => expect.closeTo(value, 5))]);
  expect(lora.matrix().sub(base.weight).toArray()).toEqual(
    [
      [3, 0, 0],
      [0, 6, 0],
    ].map((row) => row.map((value) => expect.closeTo(value, 5))),
  );
});

test("withValues has a function read other tensors in the place of parameters, with gradients to what they are made from", () => {
  const [w, other] = [parameter(tensor([1, 2])), parameter(tensor([5, 6, 7]))];
  const slope = grad((long: Tensor) => withValues(new Map([[w, long.slice([1, 3])]]), () => w.square().sum()))(other);
  expect(slope.toArray()).toEqual([0, 12, 14]);
  expect(w.toArray()).toEqual([1, 2]);
  expect(() => withValues(new Map([[w, zeros([3])]]), () => w)).toThrow("cannot be assigned");
});

test.each<[string, () => unknown]>([
  ["LoRALinear has no option", () => new LoRALinear(new Linear(2, 2, { seed: 1 }), { rank: 1, seed: 1, scale: 2 } as never)],
  [
    "matrix.scales must be 48 numbers",
    () => new QuantizedLinear({ ...quantized(4, false), scales: new Float32Array(3) }).forward(zeros([1, 64])),
  ],
  ["the rows of the matrix have 64 numbers", () => new QuantizedLinear(quantized(4, false)).forward(zeros([1, 63]))],
])("is refused: %s", (message, make) => {
  expect(make).toThrow(message);
});
