import type { Tensor } from "../../../kernel-helpers/tensor/index.ts";
import type { Row } from "../against-torch.ts";
import { same } from "../compare.ts";

/** A function of single numbers. */
export function ofOne(
  name: string,
  ours: (x: Tensor) => Tensor,
  torch: string,
  numbers: "normal" | "positive" | "whole" | "large" = "normal",
  options: { order?: 0 | 1 | 2 } = {},
): Row {
  return [name, (draw) => same({ x: draw[numbers](draw.shape()) }, ({ x }) => ours(x), torch, options)];
}

/** A function of pairs of numbers, with broadcasting. */
export function ofTwo(
  name: string,
  ours: (x: Tensor, y: Tensor) => Tensor,
  torch: string,
  numbers: "normal" | "positive" | "whole" = "normal",
  options: { order?: 0 | 1 | 2 } = {},
): Row {
  return [
    name,
    (draw) => {
      const [left, right] = draw.pair();
      return same({ x: draw[numbers](left), y: draw[numbers](right) }, ({ x, y }) => ours(x, y), torch, options);
    },
  ];
}

/** Python's True, False, None, numbers and lists of them. */
export function py(value: unknown): string {
  if (value === undefined || value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return JSON.stringify(value);
}
