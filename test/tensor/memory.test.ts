/** What is kept ends: however many numbers, shapes and functions there were, as many sessions are open as the bounds allow. */
import { expect, test, describe } from "vitest";
import { openSessions } from "../../kernel-helpers/onnx/index.ts";
import {
  arange,
  concat,
  full,
  grad,
  jit,
  normal,
  parameter,
  tensor,
  where,
  type Parameter,
  type Tensor,
} from "../../kernel-helpers/tensor/index.ts";

/** How many more sessions are open after so many calls. */
function opened(call: (index: number) => void, count = 300): number {
  call(0.5);
  const before = openSessions();
  for (let index = 1; index <= count; index++) call(index);
  return openSessions() - before;
}

const x = tensor([1, 2, 3]);
const thousand = arange(1001, { dtype: "float32" });
const numbersOf = (t: Tensor): number[] => [...(t.data as Float32Array)];

describe("an expression with another number", () => {
  test.each<[string, (number: number) => Tensor, (number: number) => number[]]>([
    ["an operand", (n) => x.mul(n).add(n + 1), (n) => [2 * n + 1, 3 * n + 1, 4 * n + 1]],
    ["a bound", (n) => x.clip(-n, n), (n) => [Math.min(1, n), Math.min(2, n), Math.min(3, n)]],
    ["a choice", (n) => where(x.greater(2), n, 0), (n) => [0, 0, n]],
    ["a filled tensor", (n) => full([2], n).add(x.slice([0, 2])), (n) => [1 + n, 2 + n]],
    ["a slope", (n) => x.neg().leakyRelu(n), (n) => [-n, -2 * n, -3 * n]],
    ["given numbers", (n) => concat([x, tensor([n])]), (n) => [1, 2, 3, n]],
    ["a slice", (n) => thousand.slice([n >> 1, (n >> 1) + 2]), (n) => [n >> 1, (n >> 1) + 1]],
    ["one element", (n) => thousand.slice(Math.floor(n)).add(0.5), (n) => [Math.floor(n) + 0.5]],
    ["padding", (n) => tensor([5]).pad([[1, 0]], n), (n) => [n, 5]],
    ["the gradient of a slice", (n) => grad((t: Tensor) => t.slice(Math.floor(n)).mul(n))(thousand).slice([0, 1]), (n) => [n < 1 ? n : 0]],
  ])("%s is computed by the same sessions, but for a number that changes the expression", (_name, f, expected) => {
    expect(opened((index) => expect(numbersOf(f(index))).toEqual(expected(index).map(Math.fround)))).toBeLessThanOrEqual(2);
  });

  test("a seed draws other numbers in the same session", () => {
    const seen = new Set<number>();
    expect(opened((index) => seen.add(normal([1], { seed: Math.ceil(index) }).item()), 200)).toBe(0);
    expect(seen.size).toBe(200);
  });

  test("0 and −0, NaN and the infinities are different numbers", () => {
    const over = (number: number): number => tensor([1]).div(tensor(number)).item();
    expect([0, -0, Infinity, -Infinity].map(over)).toEqual([Infinity, -Infinity, 0, -0]);
    const both = tensor([1])
      .div(tensor(0))
      .add(tensor([1]).div(tensor(-0)));
    expect(both.item()).toBeNaN();
    const inJit = jit((t: Tensor, n: number) => t.div(n));
    expect([0, -0, 2, -0, 0].map((n) => inJit(tensor([1]), n).item())).toEqual([Infinity, -Infinity, 0.5, -Infinity, Infinity]);
    const padded = (number: number): number[] => numbersOf(tensor([1]).pad([[1, 0]], number));
    expect([Infinity, -Infinity, NaN, 0].map(padded)).toEqual([[Infinity, 1], [-Infinity, 1], [NaN, 1], [0, 1]]); // prettier-ignore
    expect(Object.is(padded(-0)[0], -0)).toBe(true);
  });
});

test("expressions of a thousand shapes keep 64 sessions at most", () => {
  expect(opened((index) => arange(Math.ceil(index)).to("float32").add(0.5).exp().sum().item(), 300)).toBeLessThanOrEqual(64);
});

describe("a compiled function", () => {
  test("runs with another number in the same graph, wherever the number goes", () => {
    let recorded = 0;
    const f = jit((t: Tensor, { rate, power }: { rate: number; power: number }) => {
      recorded++;
      return t.mul(rate * 2).pow(power).add(rate > 500 ? 1 : 0); // prettier-ignore
    });
    f(x, { rate: 1, power: 2 });
    const before = openSessions();
    for (let rate = 2; rate <= 1000; rate++) {
      const expected = [1, 2, 3].map((n) => (n * rate * 2) ** 2 + (rate > 500 ? 1 : 0));
      numbersOf(f(x, { rate, power: 2 })).forEach((number, index) => expect(Math.abs(number / expected[index]! - 1)).toBeLessThan(1e-6));
    }
    expect(openSessions() - before).toBeLessThanOrEqual(3); // one that adds 1, one that leaves it out, one in which two numbers are the same
    expect(recorded).toBe(1000);
    f(x, { rate: 1000, power: 2 });
    expect(recorded).toBe(1000);
    f.close();
  });

  test("slices at a position that it is given, in the same graph", () => {
    const f = jit((t: Tensor, from: number) => t.slice([from, from + 2]).pad([[1, 0]], from));
    f(thousand, 7);
    f(thousand, 8);
    const before = openSessions();
    for (let from = 9; from < 900; from++) expect(f(thousand, from).toArray()).toEqual([from, from, from + 1]);
    expect(openSessions() - before).toBe(0);
    f.close();
  });

  test("has numbers as its result that are those of the call", () => {
    const f = jit((t: Tensor, n: number) => ({ n, t: t.add(n) }));
    for (const n of [1, 2, 3, 2]) {
      const { n: same, t } = f(x, n);
      expect([same, t.toArray()]).toEqual([n, [1 + n, 2 + n, 3 + n]]);
    }
    f.close();
  });

  test("fixes what it closes over, and decides shapes from numbers", () => {
    let factor = 2;
    const f = jit((t: Tensor, rows: number) => t.reshape([rows, -1]).mul(factor));
    const t = tensor([1, 2, 3, 4, 5, 6]);
    expect(f(t, 2).toArray()).toEqual([[2, 4, 6], [8, 10, 12]]); // prettier-ignore
    factor = 3;
    expect(f(t, 2).toArray()).toEqual([[2, 4, 6], [8, 10, 12]]); // prettier-ignore
    expect(f(t, 3).toArray()).toEqual([[3, 6], [9, 12], [15, 18]]); // prettier-ignore
    f.close();
  });

  test("with a learning rate as its argument trains as by hand, in place", () => {
    const w = parameter(tensor([1, -1, 2]));
    const step = jit((rate: number) => w.assign(w.sub(w.mul(rate))));
    step(0.5);
    const before = openSessions();
    const memory = (w as unknown as { buffer: { data: unknown } }).buffer;
    const { data } = memory;
    let expected = [0.5, -0.5, 1];
    for (let count = 1; count <= 200; count++) {
      const rate = Math.fround(1 / (count + 1));
      step(rate);
      expected = expected.map((number) => Math.fround(number - Math.fround(number * rate)));
    }
    expect(w.toArray()).toEqual(expected);
    expect(openSessions()).toBe(before);
    expect(memory.data).toBe(data);
    step.close();
    expect(openSessions()).toBe(before - 1);
  });

  test("that cannot write in place uses two arrays in turn, whatever the number", () => {
    const pair = [parameter(tensor([1, 2])), parameter(tensor([3, 4]))] as [Parameter, Parameter];
    const swap = jit((by: number) => {
      const old = pair[0].add(by);
      pair[0].assign(pair[1].mul(1));
      pair[1].assign(old);
    });
    const arrays = new Set<unknown>();
    for (let by = 0; by < 10; by++) {
      swap(by);
      arrays.add((pair[1] as unknown as { buffer: { data: unknown } }).buffer.data);
    }
    expect(arrays.size).toBeLessThanOrEqual(3);
    expect([pair[0].toArray(), pair[1].toArray()]).toEqual([[1 + 20, 2 + 20], [3 + 25, 4 + 25]]); // prettier-ignore
    swap.close();
  });

  test("gives its memory back with close(), and works again after it", () => {
    const f = jit((t: Tensor, n: number) => t.add(n));
    const before = openSessions();
    for (const n of [1, 2, 3]) f(tensor(Float32Array.from({ length: n })), n);
    expect(openSessions()).toBe(before + 3);
    f.close();
    f.close();
    expect(openSessions()).toBe(before);
    expect(f(tensor([1]), 5).item()).toBe(6);
    f.close();
  });

  test("keeps 32 graphs of all shapes that it saw, and compiles an older one again", () => {
    const f = jit((t: Tensor) => t.matmul(t.T).sum());
    const at = (rows: number): number => f(full([rows, 4], 1)).item();
    expect(at(1)).toBe(4);
    const before = openSessions();
    for (let rows = 2; rows <= 120; rows++) expect(at(rows)).toBe(4 * rows * rows);
    expect(openSessions() - before).toBeLessThanOrEqual(64);
    expect([at(1), at(120), at(2)]).toEqual([4, 57_600, 16]);
    f.close();
  });

  test("made again each time keeps no more, though it is never closed", () => {
    expect(opened((index) => jit((t: Tensor) => t.mul(index))(x).toArray(), 100)).toBeLessThanOrEqual(32);
    const before = openSessions();
    for (let count = 0; count < 100; count++) jit((t: Tensor) => t.mul(count))(x).toArray();
    expect(openSessions() - before).toBeLessThanOrEqual(0);
  });

  test("tells strings in its arguments apart, however they are joined", () => {
    const f = jit((t: Tensor, ...names: unknown[]) => t.add(names.flat().length));
    expect(f(x, ["a", "b"]).toArray()).toEqual([3, 4, 5]);
    expect(f(x, ['a,"b']).toArray()).toEqual([2, 3, 4]);
    expect(f(x, ["a,string b"]).toArray()).toEqual([2, 3, 4]);
    expect(f(x, [1n]).toArray()).toEqual([2, 3, 4]);
    f.close();
  });
});
