/** Expressions as plain data: what is drawn is what was written, and nothing is computed for it. */
import { expect, test } from "vitest";
import { graphOf, parameter, tensor, valueAndGrad, type ExpressionNode, type Tensor } from "../../kernel-helpers/tensor/index.ts";

/** Each box as "label (its inputs' labels)". */
const described = (nodes: readonly ExpressionNode[]): string[] => {
  const labelOf = new Map(nodes.map(({ id, label }) => [id, label]));
  return nodes.map(({ label, needs }) => (needs.length === 0 ? label : `${label} (${needs.map((id) => labelOf.get(id)).join(", ")})`));
};

test("inputs have their names, numbers themselves, operators what they are made from", () => {
  const x = tensor([[1, 2], [3, 4]]); // prettier-ignore
  const w = parameter(tensor([[1], [2]]));
  const y = x.matmul(w).add(3).exp();
  const nodes = graphOf({ y }, { x, w });
  expect(described(nodes)).toEqual(["x", "w", "matmul (x, w)", "3", "add (matmul, 3)", "exp = y (add)"]);
  expect(nodes.map(({ detail }) => detail)).toEqual(["(2, 2)", "(2, 1)", "(2, 1)", "", "(2, 1)", "(2, 1)"]);
  expect(nodes.map(({ group }) => group)).toEqual(["input", "input", "y", "constant", "y", "y"]);
});

test("what is used twice is one box, but a number stands beside each that uses it", () => {
  const x = tensor([1, 2]);
  const twice = x.square();
  expect(described(graphOf({ sum: twice.add(twice) }, { x }))).toEqual(["x", "mul (x, x)", "add = sum (mul, mul)"]);
  const half = tensor(0.5);
  expect(described(graphOf({ sum: x.mul(half).add(half) }, { x }))).toEqual(["x", "0.5", "mul (x, 0.5)", "0.5", "add = sum (mul, 0.5)"]);
});

test("a gradient goes on from the boxes of the value, and each box belongs to the first result that needs it", () => {
  const x = tensor([1, 2]);
  const [value, gradient] = valueAndGrad((at: Tensor) => at.exp().sum())(x);
  const nodes = graphOf({ value, gradient }, { x });
  expect(nodes.filter(({ label }) => label === "exp")).toHaveLength(1);
  expect(nodes.find(({ label }) => label === "exp")!.group).toBe("value");
  expect(nodes.at(-1)).toMatchObject({ label: "mul = gradient", group: "gradient" });
});

test("another element type than float32 is named, and tensors without a name are numbers", () => {
  const nodes = graphOf({ y: tensor([1, 2], { dtype: "float64" }).exp() });
  expect(nodes.map(({ label, detail }) => [label, detail])).toEqual([
    ["numbers", "(2) float64"],
    ["exp = y", "(2) float64"],
  ]);
});

test("of what has been computed nothing is left but the numbers", () => {
  const y = tensor([1, 2]).exp();
  y.toArray();
  expect(described(graphOf({ y }))).toEqual(["numbers"]);
});

test("no results are refused", () => {
  expect(() => graphOf({})).toThrow(
    expect.objectContaining({ name: "ArgumentError", message: "a graph of no results\n  hint: pass { name: tensor }" }),
  );
});
