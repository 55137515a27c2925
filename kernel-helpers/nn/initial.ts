/** What parameters begin with: random numbers that depend on a seed alone, so that the same code makes the same model however often it runs. */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkArray, checkInteger, checkNumber } from "../runtime/check.ts";
import { withMemory } from "../runtime/memory.ts";
import { createRandom as createStream, type Random } from "../runtime/random.ts";
import { parameter, tensor, type Parameter } from "../tensor/index.ts";

export type { Random };

/** Where a module takes its random numbers from: one of the two. */
export interface RandomOptions {
  /** The same seed makes the same module; give each layer of a model another one. */
  seed?: number;
  /** A stream that several layers draw from, one after the other: see createRandom. */
  random?: Random;
}

/**
 * A stream of random numbers for the layers of a model, each of which goes on where the one before stopped.
 *
 * @param seed An integer; the same seed gives the same numbers on every machine.
 * @throws {ArgumentError} The seed is not an integer.
 * @example
 * const random = createRandom(1);
 * const model = new Sequential(new Linear(2, 16, { random }), (x) => x.tanh(), new Linear(16, 2, { random }));
 */
export function createRandom(seed: number): Random {
  return createStream(checkInteger("seed", seed));
}

/** @throws {ArgumentError} There is neither a seed nor a stream, or both. */
export function randomOf(owner: string, { seed, random }: RandomOptions): Random {
  if (seed !== undefined && random !== undefined) {
    throw new ArgumentError(`${owner} takes either a seed or a random stream, got both`, { hint: "leave one of them out" });
  }
  if (seed !== undefined) return createRandom(seed);
  if (random === undefined) {
    throw new ArgumentError(`${owner} needs a seed for its random numbers`, {
      hint: "pass { seed: 1 }, and another seed to each other layer; or const random = createRandom(1) and { random } to all of them",
      facts: { argument: "seed", expected: "an integer", value: seed },
    });
  }
  return checkRandom(random);
}

function checkRandom(random: Random): Random {
  const { next, normal } = (random ?? {}) as Partial<Random>;
  if (typeof next === "function" && typeof normal === "function") return random;
  throw argumentError("random", "a stream of random numbers", random, { hint: "make it with createRandom(1)" });
}

/** Uniform in [-bound, bound). @throws {ArgumentError} A size or the bound is out of range. */
export function uniformParameter(shape: readonly number[], bound: number, random: Random): Parameter {
  checkNumber("bound", bound, { min: 0 });
  checkRandom(random);
  return drawn(shape, () => (2 * random.next() - 1) * bound);
}

/** Normal, with mean 0. @throws {ArgumentError} A size or the standard deviation is out of range. */
export function normalParameter(shape: readonly number[], std: number, random: Random): Parameter {
  checkNumber("std", std, { min: 0 });
  checkRandom(random);
  return drawn(shape, () => random.normal() * std);
}

function drawn(shape: readonly number[], draw: () => number): Parameter {
  checkArray("shape", shape, (name, size) => checkInteger(name, size, { min: 0 }));
  const count = shape.reduce((product, size) => product * size, 1);
  const numbers = withMemory(`a parameter of (${shape.join(", ")})`, () => new Float32Array(count));
  for (let index = 0; index < numbers.length; index++) numbers[index] = draw();
  return parameter(tensor(numbers, { shape }));
}
