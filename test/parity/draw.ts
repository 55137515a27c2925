/** Random inputs for comparisons: shapes, their edges, and numbers. */
import { createRandom, type Random } from "../../kernel-helpers/runtime/random.ts";
import { tensor, type DType, type Tensor } from "../../kernel-helpers/tensor/index.ts";

/**
 * What sizes are like: all 1, one axis of 0, each of them 0 one time in three, or anything from 1 to 11, mostly odd. "odd" are any sizes, with numbers
 * among which are NaN, infinities and zeros of both signs.
 */
export type Sizes = "ones" | "empty" | "zeros" | "any" | "odd";

const oddNumbers = [NaN, Infinity, -Infinity, 0, -0, 1];

const anySizes = [1, 2, 3, 5, 7, 11];

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export class Draw {
  readonly sizes: Sizes;
  readonly #random: Random;

  constructor(seed: number, sizes: Sizes = "any") {
    this.sizes = sizes;
    this.#random = createRandom(seed);
  }

  /** Uniform from 0 to limit − 1. */
  integer(limit: number): number {
    return this.#random.integer(limit);
  }

  flip(): boolean {
    return this.integer(2) === 1;
  }

  choose<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!;
  }

  /** At least 1, unless sizes may be 0. */
  size(): number {
    if (this.sizes === "zeros" && this.integer(3) === 0) return 0;
    return this.sizes === "ones" ? 1 : this.choose(anySizes);
  }

  /** A shape of the given number of axes. */
  shape(least: number = 0, most: number = 4): number[] {
    const shape = Array.from({ length: least + this.integer(most - least + 1) }, () => this.size());
    return this.sizes === "empty" && shape.length > 0 ? shape.with(this.integer(shape.length), 0) : shape;
  }

  /** A shape that stretches to the given one: some axes 1, some of the first ones missing. */
  stretchable(shape: readonly number[]): number[] {
    return shape.slice(this.integer(shape.length + 1)).map((size) => (this.integer(3) === 0 ? 1 : size));
  }

  /** Two shapes that broadcast, each of which may have to stretch. */
  pair(): [number[], number[]] {
    const shape = this.shape();
    const [one, other] = [shape.map((size) => (this.integer(4) === 0 ? 1 : size)), this.stretchable(shape)];
    return this.flip() ? [one, other] : [other, one];
  }

  /** One of the axes, perhaps counted from the end. */
  axis(shape: readonly number[]): number {
    return this.integer(shape.length) - (this.flip() ? shape.length : 0);
  }

  /** Some of the axes, one at least; undefined for all. */
  axes(shape: readonly number[]): number[] | undefined {
    if (shape.length === 0 || this.integer(4) === 0) return undefined;
    return this.order(shape.length).slice(this.integer(shape.length));
  }

  /** 0 … count − 1 in random order. */
  order(count: number): number[] {
    return this.#random.shuffle(Array.from({ length: count }, (_, index) => index));
  }

  /** Standard normal. */
  normal(shape: readonly number[], dtype: DType = "float32"): Tensor {
    return this.#numbers(shape, () => this.#random.normal(), dtype);
  }

  /** From 0.5 to 2. */
  positive(shape: readonly number[]): Tensor {
    return this.#numbers(shape, () => 0.5 + 1.5 * this.#random.next());
  }

  /** Whole numbers from −2 to 2, so that there are zeros and equals. */
  whole(shape: readonly number[], dtype: DType = "float32"): Tensor {
    return this.#numbers(shape, () => this.integer(5) - 2, dtype);
  }

  /** Of both signs, up to 100 in size. */
  large(shape: readonly number[]): Tensor {
    return this.#numbers(shape, () => 200 * this.#random.next() - 100);
  }

  /** Indices, from 0 to count − 1. */
  ids(shape: readonly number[], count: number): Tensor {
    return this.#tensor(shape, () => this.integer(count), "int64");
  }

  flags(shape: readonly number[]): Tensor {
    return this.#tensor(shape, () => this.integer(2), "bool");
  }

  #numbers(shape: readonly number[], next: () => number, dtype: DType = "float32"): Tensor {
    const isOdd = this.sizes === "odd" && dtype.startsWith("float");
    return this.#tensor(shape, isOdd ? () => (this.integer(3) === 0 ? this.choose(oddNumbers) : next()) : next, dtype);
  }

  #tensor(shape: readonly number[], next: () => number, dtype: DType): Tensor {
    return tensor(Float64Array.from({ length: sizeOf(shape) }, next), { shape, dtype });
  }
}
