/** Rotary position embedding — Su et al. 2021, "RoFormer" (arXiv:2104.09864). */
import { ShapeError } from "../errors.ts";
import { checkChoice, checkInstance, checkInteger, checkNumber, checkOptions } from "../runtime/check.ts";
import { concat, stack, Tensor, tensor } from "../tensor/index.ts";

export interface RotaryOptions {
  /** Position of the first token, ≥ 0. @default 0 */
  start?: number;
  /** Wavelengths grow from 2π to 2π·base; > 0. @default 10000 */
  base?: number;
  /**
   * Which numbers turn together: number i and i + D/2 ("halves": GPT-NeoX, Llama as on the hub), or 2i and 2i + 1 ("pairs": the paper, GPT-J).
   * @default "halves"
   */
  layout?: "halves" | "pairs";
}

/** @throws {ArgumentError} An option is unknown or out of range. */
export function checkRotaryOptions(options: RotaryOptions): Required<RotaryOptions> {
  checkOptions("applyRotary", options, ["start", "base", "layout"]);
  const { start = 0, base = 10_000, layout = "halves" } = options;
  checkInteger("start", start, { min: 0 });
  checkNumber("base", base, { above: 0 });
  checkChoice("layout", layout, ["halves", "pairs"]);
  return { start, base, layout };
}

/**
 * Turns each query or key by angles that grow with its position, so that their product knows only how far apart they are.
 *
 * @param x (…, T, D), with an even D.
 * @returns The same shape.
 * @throws {ShapeError} D is odd, or there are fewer than two axes.
 */
export function applyRotary(x: Tensor, options: RotaryOptions = {}): Tensor {
  const { start, base, layout } = checkRotaryOptions(options);
  checkInstance("x", x, Tensor);
  const [T, D] = x.shape.slice(-2) as [number, number];
  if (x.rank < 2 || D % 2 !== 0) {
    throw new ShapeError(`applyRotary takes (…, T, D) with an even D, got (${x.shape.join(", ")})`, {
      hint: "the numbers turn in pairs: use heads of an even width",
    });
  }
  const half = D / 2;
  const angles = Float64Array.from(
    { length: T * half },
    (_, index) => (start + Math.floor(index / half)) * base ** (-(index % half) / half),
  );
  const [cos, sin] = [angles.map(Math.cos), angles.map(Math.sin)].map((data) => tensor(data, { shape: [T, half], dtype: x.dtype }));
  const pairs = layout === "halves" ? x.split([half, half]) : x.reshape([...x.shape.slice(0, -1), half, 2]).split([1, 1]);
  const [a, b] = layout === "halves" ? pairs : pairs.map((side) => side.squeeze(-1));
  const turned = [a!.mul(cos!).sub(b!.mul(sin!)), b!.mul(cos!).add(a!.mul(sin!))];
  return layout === "halves" ? concat(turned, -1) : stack(turned, -1).reshape(x.shape);
}
