import { createRandom } from "../kernel-helpers/runtime/random.ts";

/** Draws vectors of length 1 around 500 centres, for texts come in topics, too; the same ones each time. */
export function clusteredVectors(dimension: number): () => Float32Array {
  const random = createRandom(11);
  const centres = Array.from({ length: 500 }, () => Float32Array.from({ length: dimension }, () => random.normal()));
  return () => {
    const centre = centres[random.integer(centres.length)]!;
    const vector = centre.map((value) => value + 0.8 * random.normal());
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
}
