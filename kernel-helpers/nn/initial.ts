/** What parameters begin with. */
import { createRandom, type Random } from "../runtime/random.ts";
import { parameter, tensor, type Parameter } from "../tensor/index.ts";

/** Where a module takes its random numbers from. */
export interface RandomOptions {
  /** The same seed gives the same module. @default the next numbers of a stream that begins alike in every process */
  seed?: number;
  /** A stream to go on with, instead of a seed. */
  random?: Random;
}

const stream = createRandom(0);

export const randomOf = ({ seed, random }: RandomOptions): Random => random ?? (seed === undefined ? stream : createRandom(seed));

/** Uniform in [-bound, bound). */
export function uniformParameter(shape: readonly number[], bound: number, random: Random): Parameter {
  return drawn(shape, () => (2 * random.next() - 1) * bound);
}

/** Normal, with mean 0. */
export function normalParameter(shape: readonly number[], deviation: number, random: Random): Parameter {
  return drawn(shape, () => random.normal() * deviation);
}

function drawn(shape: readonly number[], draw: () => number): Parameter {
  const numbers = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let index = 0; index < numbers.length; index++) numbers[index] = draw();
  return parameter(tensor(numbers, { shape }));
}
