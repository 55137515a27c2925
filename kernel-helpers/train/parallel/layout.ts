/** A model's parameters as one long vector, and whose part of it is whose. */
import { DTypeError, ShapeError } from "../../errors.ts";
import type { Module } from "../../nn/index.ts";
import type { NamedParameters } from "../../optim/index.ts";
import { assignAll, concat, parameter, tensor, zeros, type Parameter, type Tensor } from "../../tensor/index.ts";

/** One parameter's place in the vector: the numbers from `start` on. */
interface Place {
  name: string;
  target: Parameter;
  start: number;
}

/** Which of equal parts of the vector a worker owns. */
export interface Shard {
  index: number;
  count: number;
}

/** The places of all parameters in one vector of float32, padded with zeros so that it can be cut into equal parts. */
export class Layout {
  readonly #places: readonly Place[];
  /** Numbers in the vector, the padding included. */
  readonly length: number;
  readonly #used: number;

  constructor(model: Module, parts: number) {
    let start = 0;
    const once = new Map<Parameter, string>(); // tied weights have several names
    for (const [name, target] of Object.entries(model.parameters())) if (!once.has(target)) once.set(target, name);
    this.#places = [...once].map(([target, name]) => {
      if (target.dtype !== "float32") {
        throw new DTypeError(`${name} is ${target.dtype}`, {
          hint: "data-parallel training is of float32",
          facts: { name, dtype: target.dtype },
        });
      }
      const place = { name, target, start };
      start += target.size;
      return place;
    });
    this.#used = start;
    this.length = Math.ceil(start / parts) * parts;
  }

  /** Tensors of the parameters' names as the vector. */
  flatten(named: Readonly<Record<string, Tensor>>): Tensor {
    const padding = this.length - this.#used;
    return concat([
      ...this.#places.map(({ name, target }) => named[name]!.reshape([target.size])),
      ...(padding > 0 ? [zeros([padding])] : []),
    ]);
  }

  /** The parts of such a vector, by the parameters' names and in their shapes. */
  split(vector: Tensor): Record<string, Tensor> {
    return Object.fromEntries(
      this.#places.map(({ name, target, start }) => [name, vector.slice([start, start + target.size]).reshape([...target.shape])]),
    );
  }

  /** Sets the model's parameters to the numbers of the vector. */
  assign(vector: Float32Array): void {
    if (vector.length !== this.length) {
      throw new ShapeError(`the parameters are ${this.length} numbers, got ${vector.length}`, { hint: "they are another model's" });
    }
    assignAll(
      this.#places.map(({ target, start }) => [target, tensor(vector.subarray(start, start + target.size), { shape: [...target.shape] })]),
    );
  }

  /** The parameters now. */
  values(): Float32Array {
    const vector = new Float32Array(this.length);
    for (const { target, start } of this.#places) vector.set(target.data as Float32Array, start);
    return vector;
  }

  /**
   * The owner's part as parameters of its own, for an optimizer: one for each parameter that lies in it, wholly or in part. Those of matrices are
   * matrices of one row, since what decays is decided by the number of axes.
   */
  shard({ index, count }: Shard): ShardOfLayout {
    const size = this.length / count;
    const [from, to] = [index * size, (index + 1) * size];
    const pieces = this.#places.flatMap(({ name, target, start }) => {
      const [first, end] = [Math.max(start, from), Math.min(start + target.size, to)];
      if (first >= end) return [];
      const numbers = (target.data as Float32Array).subarray(first - start, end - start);
      const shape = target.rank >= 2 ? [1, numbers.length] : [numbers.length];
      return [{ name, piece: parameter(tensor(numbers, { shape })), start: first - from }];
    });
    return new ShardOfLayout(pieces, size);
  }
}

/** A part of the vector, whose numbers are parameters. */
export class ShardOfLayout {
  readonly #pieces: readonly { name: string; piece: Parameter; start: number }[];
  /** Numbers in it. */
  readonly length: number;

  constructor(pieces: readonly { name: string; piece: Parameter; start: number }[], length: number) {
    this.#pieces = pieces;
    this.length = length;
  }

  get parameters(): NamedParameters {
    return Object.fromEntries(this.#pieces.map(({ name, piece }) => [name, piece]));
  }

  /** A gradient of this part, by the parameters' names. */
  split(vector: Tensor): Record<string, Tensor> {
    return Object.fromEntries(
      this.#pieces.map(({ name, piece, start }) => [name, vector.slice([start, start + piece.size]).reshape([...piece.shape])]),
    );
  }

  values(): Float32Array {
    const vector = new Float32Array(this.length);
    for (const { piece, start } of this.#pieces) vector.set(piece.data as Float32Array, start);
    return vector;
  }
}
