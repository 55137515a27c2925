/** Every operator on random shapes against the live PyTorch: its value, its gradient, and the gradient of its gradient; eager and compiled. */
import { describe, expect, test } from "vitest";
import * as tensors from "../../kernel-helpers/tensor/index.ts";
import { testAgainstTorch } from "./against-torch.ts";
import type { Sizes } from "./draw.ts";
import { arrangement } from "./operators/arrangement.ts";
import { elementwise } from "./operators/elementwise.ts";
import { otherTypes } from "./operators/other-types.ts";
import { overAxes } from "./operators/over-axes.ts";
import { products } from "./operators/products.ts";

const rows = [...elementwise, ...overAxes, ...arrangement, ...products, ...otherTypes];

/** What each operator is drawn with. */
const draws: readonly Sizes[] = ["ones", "empty", "empty", "zeros", "zeros", "zeros", "zeros", "any", "any", "any", "any", "any", "any"];

describe("against PyTorch", () => {
  testAgainstTorch(rows, draws);
});

describe("of NaN, infinities and zeros, against PyTorch", () => {
  testAgainstTorch(rows, ["odd", "odd", "odd", "odd", "odd", "odd"], { order: 1, seed: 500 });
});

test("no operator is left out", () => {
  const noOperators = ["constructor", "value", "shape", "dtype", "rank", "size", "data", "item", "make", "operand", "toArray", "toString"];
  const notComputing = [
    "capabilitiesOf",
    "stoppedBy",
    "stopUnless",
    "tensor",
    "parameter",
    "assignAll",
    "guarded",
    "jit",
    "jitLoop",
    "grad",
    "valueAndGrad",
    "graphOf",
    "exportOnnx",
    "isCompiling",
    "withValues",
    "quantizedMatmul", // PyTorch's of 4 bits needs other kernels: test/nn/projections.test.ts compares it with its matrix
  ];
  const families: object[] = []; // the methods' classes extend one another
  for (let type = tensors.Tensor.prototype as object; type !== Object.prototype; type = Object.getPrototypeOf(type) as object)
    families.push(type);
  const methods = families.flatMap(Object.getOwnPropertyNames).filter((name) => !noOperators.includes(name));
  const functions = Object.keys(tensors).filter((name) => /^[a-z]/.test(name) && !notComputing.includes(name));
  const named = new Set(rows.flatMap(([name]) => name.split(/[^A-Za-z0-9]+/)));
  expect([...methods, ...functions].filter((name) => !named.has(name))).toEqual([]);
});
