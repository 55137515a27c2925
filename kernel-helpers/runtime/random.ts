/** Seeded random numbers: sfc32 (Chris Doty-Humphrey's Small Fast Counting generator), so that a notebook run twice shows the same figures. */
import { checkArray, checkInteger } from "./check.ts";

/** The largest float32 below 1. */
const largest = 1 - 2 ** -24;

export interface Random {
  /** Uniform in [0, 1), 32 bits; also when it is rounded to float32, less than 1. */
  next(): number;
  /** Uniform integer in [0, limit), for limits from 1 to 2³². */
  integer(limit: number): number;
  /** Standard normal, by the Box–Muller transform. */
  normal(): number;
  /** The items in a new, uniformly random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/** What the lower 32 bits leave out: 0 for seeds that are signed integers of 32 bits, and for no other. */
export function upperBits(seed: number): number {
  const upper = Math.floor(seed / 2 ** 32);
  return (seed | 0) === seed ? 0 : upper < 0 ? upper : upper + 1;
}

/** @param seed An integer; all of its 53 bits and its sign count. */
export function createRandom(seed: number): Random {
  checkInteger("seed", seed, { hint: "pass an integer such as 1: the same seed gives the same numbers" });
  let a = 0x9e3779b9 ^ seed;
  let b = 0x243f6a88 ^ upperBits(seed);
  let c = 0xb7e15162;
  let counter = 1;

  const bits = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) bits(); // seeds that differ in one bit have parted after 12 rounds

  const next = (): number => Math.min(bits() / 2 ** 32, largest);
  const integer = (limit: number): number => Math.floor((bits() / 2 ** 32) * checkInteger("limit", limit, { min: 1, max: 2 ** 32 }));
  return {
    next,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle: (items) => {
      checkArray("items", items, () => undefined);
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
      }
      return shuffled;
    },
  };
}
