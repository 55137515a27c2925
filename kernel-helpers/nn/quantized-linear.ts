import { checkOptions } from "../runtime/check.ts";
import { quantizedMatmul, tensor, type Parameter, type QuantizedMatrix, type Tensor } from "../tensor/index.ts";
import { checkParameter } from "./check-layer.ts";
import { Module } from "./module.ts";
import type { Projection } from "./projection.ts";

export interface QuantizedLinearOptions {
  /** (outputs). @default none */
  bias?: Parameter;
}

/**
 * x·Wᵀ + b with a W that stays as it is, in 4 or 8 bits: an eighth or a quarter of the memory. Gradients go through it to x; put adapters beside it to
 * learn (Dettmers et al. 2023, "QLoRA", arXiv:2305.14314).
 *
 * @throws {ShapeError} The bias is not as long as the matrix has rows.
 */
export class QuantizedLinear extends Module implements Projection {
  readonly bias: Parameter | undefined;
  readonly #matrix: QuantizedMatrix;

  constructor(matrix: QuantizedMatrix, options: QuantizedLinearOptions = {}) {
    super();
    checkOptions("QuantizedLinear", options, ["bias"]);
    this.#matrix = matrix;
    this.bias = options.bias && checkParameter("bias", options.bias, [matrix.rows]);
  }

  get inputs(): number {
    return this.#matrix.columns;
  }

  get outputs(): number {
    return this.#matrix.rows;
  }

  /** (…, inputs) → (…, outputs). */
  forward(x: Tensor): Tensor {
    const product = quantizedMatmul(x, this.#matrix);
    return this.bias ? product.add(this.bias) : product;
  }

  /** The numbers that the integers stand for, (outputs, inputs). */
  matrix(): Tensor {
    const { rows, columns, bits, blockSize, data, scales, offsets } = this.#matrix;
    const numbers = new Float32Array(rows * columns);
    const centre = 2 ** (bits - 1);
    for (let at = 0; at < numbers.length; at++) {
      const q = bits === 8 ? data[at]! : at % 2 === 0 ? data[at >>> 1]! & 15 : data[at >>> 1]! >>> 4;
      const block = Math.floor(at / blockSize);
      numbers[at] = (q - centre) * scales[block]! + (offsets?.[block] ?? 0);
    }
    return tensor(numbers, { shape: [rows, columns] });
  }

  override details(): string {
    return `${this.inputs}, ${this.outputs}, ${this.#matrix.bits} bits`;
  }
}
