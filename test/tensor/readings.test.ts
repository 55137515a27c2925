/** Products of tensors that are arranged otherwise than they lie in memory: the same numbers as of copies, and no Transpose in the graph. */
import { expect, test } from "vitest";
import { grad, jit, normal, Parameter, parameter, tensor, type Tensor } from "../../kernel-helpers/tensor/index.ts";

type Arrange = (x: Tensor) => Tensor;
interface Arrangement {
  /** From (2, 3, 4, 5), batches first. */
  of: (shape: readonly number[]) => readonly number[];
  arrange: Arrange;
}

/** Each gives (2, 3, rows, columns) from another place in memory. */
const arrangements: Record<string, Arrangement> = {
  "as it lies": { of: (shape) => shape, arrange: (x) => x },
  transposed: { of: ([a, b, rows, columns]) => [a!, b!, columns!, rows!], arrange: (x) => x.T },
  "rows first": { of: ([a, b, rows, columns]) => [rows!, a!, b!, columns!], arrange: (x) => x.permute([1, 2, 0, 3]) },
  "rows first, transposed": { of: ([a, b, rows, columns]) => [columns!, a!, b!, rows!], arrange: (x) => x.permute([1, 2, 3, 0]) },
  "columns second": { of: ([a, b, rows, columns]) => [a!, columns!, b!, rows!], arrange: (x) => x.permute([0, 2, 3, 1]) },
};
const pairs = Object.keys(arrangements).flatMap((left) => Object.keys(arrangements).map((right) => [left, right] as const));

const copied = (x: Tensor): Tensor => tensor(x.data, { shape: x.shape });

test.each(pairs)("%s times %s", (left, right) => {
  const [one, other] = [arrangements[left]!, arrangements[right]!];
  const a = copied(normal(one.of([2, 3, 4, 5]), { seed: 1 }));
  const b = copied(normal(other.of([2, 3, 5, 6]), { seed: 2 }));
  const product = (x: Tensor, y: Tensor): Tensor => one.arrange(x).matmul(other.arrange(y));
  const [plainA, plainB] = [copied(one.arrange(a)), copied(other.arrange(b))];
  expect(product(a, b).shape).toEqual([2, 3, 4, 6]);
  expectClose(product(a, b), plainA.matmul(plainB));

  const weights = copied(normal([2, 3, 4, 6], { seed: 3 }));
  const [toA, toB] = grad(([x, y]: readonly Tensor[]) => product(x!, y!).mul(weights).sum())([a, b]);
  const [plainToA, plainToB] = grad(([x, y]: readonly Tensor[]) => x!.matmul(y!).mul(weights).sum())([plainA, plainB]);
  expectClose(one.arrange(toA!), plainToA!);
  expectClose(other.arrange(toB!), plainToB!);
});

test("a part of what is read in place is read in place, too", () => {
  const x = copied(normal([8, 2, 3, 4], { seed: 1 }));
  const scores = (whole: Tensor): Tensor => {
    const [early] = whole.permute([1, 2, 0, 3]).split([3, 5], -2);
    return early!.matmul(whole.permute([1, 2, 0, 3]).slice(null, null, [2, 7]).T);
  };
  const plain = copied(x.permute([1, 2, 0, 3]));
  expectClose(scores(x), copied(plain.slice(null, null, [0, 3])).matmul(copied(plain.slice(null, null, [2, 7])).T));
  const weight: Parameter = parameter(x);
  const model = Buffer.from(jit(() => scores(weight)).toOnnx()).toString("latin1");
  expect(model).toContain("FusedMatMul");
  expect(model).not.toContain("Transpose");
});

function expectClose(found: Tensor, expected: Tensor): void {
  expect(found.shape).toEqual(expected.shape);
  expect(found.sub(expected).abs().max().item()).toBeLessThan(1e-5);
}
