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
  /** Each token's own position, (T) or (B, T), int64, instead of those from `start` on: where several texts share a row, each begins at 0. */
  positions?: Tensor;
}

/** @throws {ArgumentError} An option is unknown or out of range. */
export function checkRotaryOptions(options: RotaryOptions): Required<Omit<RotaryOptions, "positions">> & Pick<RotaryOptions, "positions"> {
  checkOptions("applyRotary", options, ["start", "base", "layout", "positions"]);
  const { start = 0, base = 10_000, layout = "halves", positions } = options;
  checkInteger("start", start, { min: 0 });
  checkNumber("base", base, { above: 0 });
  checkChoice("layout", layout, ["halves", "pairs"]);
  if (positions !== undefined) checkInstance("positions", positions, Tensor);
  return { start, base, layout, positions };
}

/**
 * Turns each query or key by angles that grow with its position, so that their product knows only how far apart they are.
 *
 * @param x (…, T, D), with an even D.
 * @returns The same shape.
 * @throws {ShapeError} D is odd, or there are fewer than two axes.
 */
export function applyRotary(x: Tensor, options: RotaryOptions = {}): Tensor {
  const { start, base, layout, positions } = checkRotaryOptions(options);
  checkInstance("x", x, Tensor);
  const [T, D] = x.shape.slice(-2) as [number, number];
  if (x.rank < 2 || D % 2 !== 0) {
    throw new ShapeError(`applyRotary takes (…, T, D) with an even D, got (${x.shape.join(", ")})`, {
      hint: "the numbers turn in pairs: use heads of an even width",
    });
  }
  const half = D / 2;
  const [cos, sin] = positions === undefined ? knownAngles(T, half, start, base, x) : anglesAt(positions, half, base, x);
  const pairs = layout === "halves" ? x.split([half, half]) : x.reshape([...x.shape.slice(0, -1), half, 2]).split([1, 1]);
  const [a, b] = layout === "halves" ? pairs : pairs.map((side) => side.squeeze(-1));
  const turned = [a!.mul(cos).sub(b!.mul(sin)), b!.mul(cos).add(a!.mul(sin))];
  return layout === "halves" ? concat(turned, -1) : stack(turned, -1).reshape(x.shape);
}

/** Cosines and sines of the angles, (T, D/2). */
function knownAngles(T: number, half: number, start: number, base: number, { dtype }: Tensor): [cos: Tensor, sin: Tensor] {
  const angles = Float64Array.from(
    { length: T * half },
    (_, index) => (start + Math.floor(index / half)) * base ** (-(index % half) / half),
  );
  const made = (data: Float64Array): Tensor => tensor(data, { shape: [T, half], dtype });
  return [made(angles.map(Math.cos)), made(angles.map(Math.sin))];
}

/** The same where only the graph knows the positions: (T, D/2), or (B, 1, …, T, D/2) for positions of (B, T). */
function anglesAt(positions: Tensor, half: number, base: number, x: Tensor): [cos: Tensor, sin: Tensor] {
  const [B, T] = positions.rank === 2 ? positions.shape : [1, positions.shape[0]];
  if (positions.dtype !== "int64" || positions.rank > 2 || T !== x.shape.at(-2) || (positions.rank === 2 && B !== x.shape[0])) {
    throw new ShapeError(
      `applyRotary: positions of ${positions.dtype} (${positions.shape.join(", ")}) do not go with (${x.shape.join(", ")})`,
      {
        hint: "positions are (T) or (B, T), int64, for an x of (B, …, T, D)",
        facts: { positions: positions.shape, x: x.shape },
      },
    );
  }
  const frequencies = tensor(
    Float64Array.from({ length: half }, (_, pair) => base ** (-pair / half)),
    { dtype: "float32" },
  );
  const shape = positions.rank === 1 ? [T!, 1] : [B!, ...Array.from({ length: x.rank - 3 }, () => 1), T!, 1];
  const angles = positions.to("float32").reshape(shape).mul(frequencies); // in float32, as transformers has them
  return [angles.cos().to(x.dtype), angles.sin().to(x.dtype)];
}
