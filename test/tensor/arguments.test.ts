/** What tensors and their functions are given by mistake: an error that names the argument, what it must be, what it was, and what to do. */
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import {
  after,
  arange,
  assignAll,
  concat,
  crossEntropy,
  dropout,
  einsum,
  exportOnnx,
  full,
  jit,
  normal,
  ones,
  parameter,
  stack,
  tensor,
  uniform,
  where,
  zeros,
  type Tensor,
} from "../../kernel-helpers/tensor/index.ts";

const a = ones([2, 3]);
const ids = tensor([0, 1], { dtype: "int64" });
/** What TypeScript would not let through, and a notebook's JavaScript does. */
const any = (value: unknown): never => value as never;

const mistakes: Record<string, [f: () => unknown, message: string | RegExp]> = {
  "tensor(null)": [() => tensor(any(null)), "numbers must be a number, nested arrays of numbers, or a typed array, got null"],
  "tensor()": [() => tensor(any(undefined)), "numbers must be a number, nested arrays"],
  "tensor of text": [
    () => tensor(any(["1"])),
    'numbers[0] must be a number, or an array of numbers, got "1"\n  hint: convert it with Number',
  ],
  "tensor with a hole": [
    () =>
      tensor(
        any([
          [1, 2],
          [3, undefined],
        ]),
      ),
    "numbers[1][1] must be a number, or an array of numbers, got undefined",
  ],
  "tensor of a bigint": [
    () => tensor(any([1n])),
    "numbers[0] must be a number, or an array of numbers, got 1n\n  hint: pass integers that",
  ],
  "tensor of a tensor": [() => tensor(any(a)), "got a Tensor of shape (2, 3)\n  hint: it is a tensor already"],
  "tensor of another type": [() => tensor([1], { dtype: any("float") }), 'got "float"\n  hint: did you mean "float32"?'],
  "tensor with an unknown option": [
    () => tensor([1], any({ dType: "int64" })),
    'options has no option "dType"\n  hint: did you mean "dtype"?',
  ],
  "tensor of a wrong shape": [() => tensor([1, 2], { shape: [3] }), "a tensor of shape (3) holds 3 numbers, not 2"],
  "zeros(-1)": [() => zeros(any(-1)), "shape must be an array, got -1\n  hint: pass the sizes as one array: [2, 3]"],
  "zeros([-1])": [() => zeros([-1]), "shape[0] must be an integer ≥ 0, got -1"],
  "zeros([2.5])": [() => zeros([2.5]), "shape[0] must be an integer ≥ 0, got 2.5"],
  "full without a number": [() => full([2], any(undefined)), "number must be a number, got undefined"],
  "full of a fraction in int64": [() => full([2], 0.5, { dtype: "int64" }), "an int64 tensor cannot hold 0.5"],
  "arange(-1)": [() => arange(-1), "end must be an integer ≥ 0 and ≤ 2147483648, got -1"],
  "arange(2.5)": [() => arange(2.5), "end must be an integer"],

  "reshape(2, 2)": [
    () => (a as unknown as { reshape: (...sizes: number[]) => Tensor }).reshape(3, 2),
    "reshape: shape must be an array, got 3\n  hint: pass the sizes as one array: .reshape([2, 3])",
  ],
  "reshape([-2])": [() => a.reshape([-2]), "reshape: shape[0] must be an integer ≥ -1, got -2"],
  "permute(1, 0)": [() => a.permute(any(1)), "permute: axes must be an array, got 1"],
  "broadcastTo(4)": [() => a.broadcastTo(any(4)), "broadcastTo: shape must be an array, got 4"],
  "transpose of a text": [() => a.transpose(any("rows"), 1), 'transpose: axis must be an integer, got "rows"'],
  "transpose of an axis that is not there": [() => a.transpose(0, 2), "transpose: there is no axis 2 in a tensor of 2 axes"],
  "sum along a text": [() => a.sum(any("rows")), 'sum: axes must be an axis or an array of axes, got "rows"'],
  "sum with a flag": [() => a.sum(0, any(true)), "options must be a plain object, got true\n  hint: pass an object with keepDims"],
  "mean with keepdim": [() => a.mean(0, any({ keepdim: true })), 'options has no option "keepdim"\n  hint: did you mean "keepDims"?'],
  "variance with a text as correction": [() => a.variance(0, { correction: any("1") }), 'correction must be a finite number, got "1"'],
  "softmax along half an axis": [() => a.softmax(0.5), "softmax: there is no axis 0.5 in a tensor of 2 axes"],
  "slice of a text": [() => a.slice(any("0:1")), 'slice: each range must be null, an integer, or [start, end, step], got "0:1"'],
  "slice backwards": [() => a.slice([0, 2, -1]), "slice: step must be an integer ≥ 1, got -1\n  hint: reverse an axis with .flip()"],
  "slice from a fraction": [() => a.slice([0.5, 2]), "slice: start and end must be an integer, got 0.5"],
  "split(2)": [() => a.split(any(2)), "split: sizes must be an array, got 2"],
  "pad without pairs": [() => a.pad(any([1, 1])), "pad: amounts[0] must be an array, got 1"],
  "tril of a text": [() => a.tril(any("main")), 'tril: diagonal must be an integer, got "main"'],
  "triu of a vector": [() => ones([3]).triu(), "triu: there is no matrix: (3)"],

  "add(null)": [() => a.add(any(null)), "other must be a tensor or a number, got null"],
  "add of an array": [
    () => a.add(any([1, 2, 3])),
    "other must be a tensor or a number, got an array of 3\n  hint: make a tensor with tensor(…)",
  ],
  "clip without a bound": [() => a.clip(0, any(undefined)), "high must be a tensor or a number, got undefined"],
  "pow of a text": [() => a.pow(any("2")), 'exponent must be a tensor or a number, got "2"'],
  "matmul of an array": [() => a.matmul(any([[1]])), "other must be a tensor, got an array of 1"],
  "matmul of types": [() => a.matmul(a.T.to("float64")), "matmul: it multiplies floats of one type, not float32 and float64"],
  "logicalAnd(1)": [() => a.to("bool").logicalAnd(any(1)), "other must be a tensor, got 1"],
  "take of a number": [() => a.take(any(1)), "ids must be a tensor, got 1"],
  "take of floats": [() => a.take(ones([1])), "take: indices are int64, not float32"],
  "gather in the other order": [() => a.gather(any(ids), any(0)), /must be a/],
  "layerNorm without a bias": [() => a.layerNorm(ones([3]), any(undefined)), "bias must be a tensor, got undefined"],
  "layerNorm of a negative epsilon": [() => a.layerNorm(ones([3]), zeros([3]), { epsilon: -1 }), "epsilon must be ≥ 0, got -1"],
  "rmsNorm with eps": [() => a.rmsNorm(ones([3]), any({ eps: 1e-6 })), 'options has no option "eps"'],
  "gelu that is fast": [() => a.gelu({ approximate: any("fast") }), 'approximate must be one of "none", "tanh", got "fast"'],
  "gelu by a text": [() => a.gelu(any("tanh")), 'options must be a plain object, got "tanh"'],
  "leakyRelu of NaN": [() => a.leakyRelu(NaN), "slope must be a finite number, got NaN"],
  "to half": [() => a.to(any("half")), 'dtype must be one of "float32", "float64", "float16", "int64", "bool", got "half"'],

  "concat(a, b)": [
    () => (concat as unknown as (...tensors: Tensor[]) => Tensor)(a, a),
    "concat: tensors must be an array, got a Tensor of shape (2, 3)\n  hint: pass the tensors as one array: concat([a, b])",
  ],
  "concat of nothing": [() => concat([]), "concat: tensors must be an array that is not empty"],
  "concat with a number": [() => concat(any([a, 1])), "concat: tensors[1] must be a tensor, got 1"],
  "stack(a)": [() => stack(any(a)), "stack: tensors must be an array"],
  "stack of shapes that differ": [() => stack([a, ones([2])]), "stack: the shapes differ: (2, 3) and (2)"],
  "where of a number": [() => where(any(1), a, a), "condition must be a tensor, got 1"],
  "where of numbers as condition": [() => where(a, 1, 2), "where: it takes bool"],
  "where of nothing": [() => where(a.greater(0), a, any(null)), "b must be a tensor or a number, got null"],
  "einsum without letters": [() => einsum(any(a), a), "einsum: spec must be a string, got a Tensor of shape (2, 3)"],
  "einsum of arrays": [() => einsum("i->", any([1])), "einsum: operand 1 must be a tensor, got an array of 1"],
  "einsum with two arrows": [() => einsum("ij->j->i", a), "only letters, commas and one arrow are understood"],
  "crossEntropy of numbers": [() => crossEntropy(a, any([0, 1])), "targets must be a tensor, got an array of 2"],
  "crossEntropy that ignores NaN": [() => crossEntropy(a, ids, { ignoreIndex: NaN }), "ignoreIndex must be an integer, got NaN"],
  "crossEntropy with ignore_index": [() => crossEntropy(a, ids, any({ ignore_index: 1 })), 'did you mean "ignoreIndex"?'],
  "uniform without a seed": [() => uniform([2], any(undefined)), "options must be an object with a seed, got undefined"],
  "uniform of half a seed": [() => uniform([2], { seed: 1.5 }), "seed must be an integer, got 1.5"],
  "uniform of bounds in the wrong order": [() => uniform([2], { seed: 1, low: 2, high: 1 }), "low must be ≤ 1, got 2"],
  "uniform up to infinity": [() => uniform([2], { seed: 1, high: Infinity }), "high must be a finite number, got Infinity"],
  "normal of a number": [() => normal(any(3), { seed: 1 }), "shape must be an array, got 3"],
  "normal of a negative std": [() => normal([2], { seed: 1, std: -1 }), "std must be ≥ 0, got -1"],
  "dropout of NaN": [() => dropout(a, NaN, { seed: 1 }), "rate must be a finite number ≥ 0 and ≤ 1, got NaN"],
  "dropout of integers": [() => dropout(ids, 0.5, { seed: 1 }), "dropout: it is not defined for int64"],
  "dropout without a seed": [() => dropout(a, 0.5, any({})), "seed must be an integer, got undefined"],
  "parameter of numbers": [() => parameter(any([1, 2])), "initial must be a tensor, got an array of 2"],
};

describe("an argument of the wrong kind", () => {
  test.each(Object.entries(mistakes).map(([name, [f, message]]) => ({ name, f, message })))("$name", ({ f, message }) => {
    expect(f).toThrow(ArgumentError);
    expect(f).toThrow(message);
  });
});

test("what is made of several tensors names the one that is not", () => {
  const p = parameter(ones([2]));
  expect(() => after(a, any(undefined))).toThrow("others must be an array, got undefined\n  hint: pass the tensors as one array");
  expect(() => after(a, any([3]))).toThrow("others[0] must be a tensor, got 3");
  expect(() => assignAll(any(5))).toThrow("pairs must be an array, got 5\n  hint: pass pairs of a parameter and its new value");
  expect(() => assignAll(any([p, p]))).toThrow("pairs[0] must be an array, got a Parameter of shape (2)");
});

test("what holds itself is refused", () => {
  const array: unknown[] = [];
  array.push(array);
  expect(() => tensor(any(array))).toThrow(
    "numbers[0] must be a number, or an array of numbers, got an array of 1\n  hint: the array holds itself",
  );
  const bag: Record<string, unknown> = { x: a };
  bag.own = bag;
  expect(() => jit((given: typeof bag) => given.x as Tensor)(bag)).toThrow("the arguments.0.own must be a tree of arrays and objects");
  expect(() => jit(() => array)()).toThrow("the result.0 must be a tree of arrays and objects");
});

test("tensors that no memory holds are refused as such, without the runtime's words", () => {
  const refused = "there is not enough memory to run the graph\n  hint: make the tensors smaller";
  expect(() => ones([2 ** 50]).add(1).data).toThrow(refused);
  expect(() => ones([2 ** 31, 2 ** 31]).add(1).data).toThrow(refused);
});

test("a tensor of an exported model has a name", () => {
  expect(() => exportOnnx((given) => ({ y: given[""]!.mul(2) }), { "": a })).toThrow(
    'a name in example must be text that is not empty, got ""',
  );
});
