/** Gradients against central differences, (f(x + h) − f(x − h)) / 2h, number by number. */
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { grad, tensor, type DType, type Tensor } from "../../kernel-helpers/tensor/index.ts";

export interface GradientCheck {
  seed?: number;
  /** "float64" unless ONNX Runtime's CPU provider lacks an operator for it. */
  dtype?: DType;
  /** From what the inputs are drawn. @default the standard normal distribution */
  draw?: (random: ReturnType<typeof createRandom>) => number;
}

/**
 * Which gradients are not as differences have it: none if all is well. The function is made scalar by random weights, so that every element of
 * its result counts differently.
 */
export function wrongGradients(
  f: (...xs: Tensor[]) => Tensor,
  shapes: readonly (readonly number[])[],
  { seed = 1, dtype = "float64", draw = (random) => random.normal() }: GradientCheck = {},
): string[] {
  const random = createRandom(seed);
  const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
  const numbers = shapes.map((shape) => Float64Array.from({ length: sizeOf(shape) }, () => draw(random)));
  const inputs = (all: readonly Float64Array[]): Tensor[] => all.map((data, index) => tensor(data, { shape: shapes[index]!, dtype }));
  const { shape } = f(...inputs(numbers));
  const weights = tensor(
    Float64Array.from({ length: sizeOf(shape) }, () => random.normal()),
    { shape, dtype },
  );
  const scalar = (xs: readonly Tensor[]): Tensor =>
    f(...xs)
      .mul(weights)
      .sum();
  const gradients = grad(scalar)(inputs(numbers));
  const [h, tolerance] = dtype === "float64" ? [1e-5, 1e-5] : [2e-2, 2e-2];
  return numbers.flatMap((data, index) => {
    const { data: found, shape: of, dtype: as } = gradients[index]!;
    if (String(of) !== String(shapes[index]) || as !== dtype) return [`input ${index}: ${as} (${String(of)})`];
    return Array.from(data, (number, place) => {
      const at = (value: number): number =>
        scalar(inputs(numbers.map((other, position) => (position === index ? other.with(place, value) : other)))).item();
      const expected = (at(number + h) - at(number - h)) / (2 * h);
      const isClose = Math.abs(Number(found[place]) - expected) <= tolerance * Math.max(1, Math.abs(expected));
      return isClose ? "" : `input ${index}, place ${place}: ${found[place]} instead of ${expected}`;
    }).filter(Boolean);
  });
}
