/** Products with the weights of a checkpoint, x Wᵀ + b, and rows of them: as floats, or as the quantised numbers that the file holds. */
import { dtypeCodes, type GraphBuilder } from "../../onnx/index.ts";
import { toFloat16 } from "../../runtime/half.ts";
import type { Adapter } from "./adapter.ts";
import type { DecoderWeights } from "./weights.ts";
import { join, packOf, type Pack, type PackedWeights } from "./pack.ts";
import type { WeightsFile } from "./weights-file.ts";

/** A quantised matrix in the graph: bytes (n, blocks, bytes of a block), scales (n · blocks), offsets (blocks, n). */
interface StoredPacked {
  bits: number;
  blockSize: number;
  quantized: string;
  scales: string;
  offsets?: string;
}

/** Numbers that are packed at once. */
const pieceSize = 2 ** 22;

export class Projections {
  readonly #graph: GraphBuilder;
  readonly #source: DecoderWeights;
  readonly #weights: WeightsFile;
  readonly #dtype: "file" | "fp16" | "fp32";
  readonly #adapter: Adapter | undefined;
  readonly #blockSums = new Map<string, string>();
  readonly #integers = new Map<string, string>();
  readonly #stored = new Map<string, string>();
  readonly #storedPacked = new Map<string, StoredPacked>();

  constructor(
    graph: GraphBuilder,
    source: DecoderWeights,
    options: { dtype: "file" | "fp16" | "fp32"; adapter?: Adapter | undefined; weights: WeightsFile },
  ) {
    this.#graph = graph;
    this.#source = source;
    this.#weights = options.weights;
    this.#dtype = options.dtype;
    this.#adapter = options.adapter;
  }

  /** A constant whose bytes stay outside of the model. */
  store(name: string, data: Float32Array, dims: readonly number[], dtype: "float32" | "float16" = "float32"): string {
    const stored = dtype === "float16" ? toFloat16(data) : data;
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    if (bytes.length < 1024) return this.#graph.constant(name, stored, dims, dtype);
    return this.#graph.externalConstant(name, dtype, dims, this.#weights.append([bytes]));
  }

  async vector(name: string): Promise<string> {
    return this.store(name, await this.#source.float32(name), this.#source.shape(name));
  }

  integers(...values: number[]): string {
    const name = `integers ${values.join(" ")}`;
    const known = this.#integers.get(name) ?? this.#graph.constant(name, BigInt64Array.from(values, BigInt));
    this.#integers.set(name, known);
    return known;
  }

  /** The products of one input with several weights, made as one where they can be. */
  async apply(x: string, names: readonly string[]): Promise<string[]> {
    if (names.length === 1) return [await this.multiply(x, names)];
    if (!this.areOne(names)) return Promise.all(names.map((name) => this.multiply(x, [name])));
    const sizes = names.map((name) => this.#source.shape(`${name}.weight`)[0]!);
    return this.#graph.nodes("Split", [await this.multiply(x, names), this.integers(...sizes)], {
      outputs: names.length,
      attributes: { axis: -1 },
    });
  }

  /** Whether weights can stand one below the other in one product: those that are packed alike. */
  areOne(names: readonly string[]): boolean {
    const kinds = names.map((name) => {
      const packed = this.#packFor(`${name}.weight`)?.(new Uint8Array(0), 0);
      return packed && `${packed.bits} ${packed.blockSize} ${packed.offsets !== undefined}`;
    });
    return kinds.every((kind) => kind === kinds[0]);
  }

  /** x (…, K) · Wᵀ (K, N) + b, with the rows of all weights one below the other. */
  async multiply(x: string, names: readonly string[]): Promise<string> {
    const name = names.join("+");
    const shapes = names.map((one) => this.#source.shape(`${one}.weight`));
    const k = shapes[0]![1]!;
    const n = shapes.reduce((sum, [rows]) => sum + rows!, 0);
    const together = async (kind: string): Promise<Float32Array> =>
      join(await Promise.all(names.map((one) => this.#source.float32(`${one}.${kind}`))), Float32Array);
    const adapt = (product: string): string => this.#addAdapter(product, x, names, shapes);
    const bias = this.#source.has(`${names[0]!}.bias`) ? this.store(`${name}.bias`, await together("bias"), [n]) : "";
    if (this.#packFor(`${names[0]!}.weight`)) return adapt(this.#multiplyPacked(x, name, n, k, this.#packed(names), bias));
    const stored = await this.#once(`${name}.weight`, async () => transpose(await together("weight"), n, k), [k, n]);
    const product = this.#outOfFloat(this.#graph.node("MatMul", [this.#inFloat(x), stored]));
    return adapt(bias === "" ? product : this.#graph.node("Add", [product, bias]));
  }

  /** Rows of a matrix by their numbers (B, T): (B, T, D) in float32, of the same memory as products with it. */
  async rows(name: string, ids: string): Promise<string> {
    const [n, k] = this.#source.shape(`${name}.weight`) as [number, number];
    if (!this.#packFor(`${name}.weight`)) {
      const stored = await this.#once(`${name}.weight`, async () => transpose(await this.#source.float32(`${name}.weight`), n, k), [k, n]);
      const columns = this.#graph.node("Gather", [stored, ids], { attributes: { axis: 1 } });
      return this.#outOfFloat(this.#graph.node("Transpose", [columns], { attributes: { perm: [1, 2, 0] } }));
    }
    const { bits, blockSize, quantized, scales, offsets } = this.#storePacked(name, n, k, this.#packed([name]));
    const [node, blocks] = [this.#graph.node.bind(this.#graph), k / blockSize];
    const sixteen = this.#graph.constant(`${name}.sixteen`, Float32Array.of(16), []);
    const center = this.#graph.constant(`${name}.center`, Float32Array.of(bits === 4 ? 8 : 128), []);
    const bytes = node("Cast", [node("Gather", [quantized, ids])], { attributes: { to: dtypeCodes.float32 } }); // (B, T, blocks, bytes)
    const apart = (): string => {
      const high = node("Floor", [node("Div", [bytes, sixteen])]);
      const pair = [node("Sub", [bytes, node("Mul", [high, sixteen])]), high].map((half) => node("Unsqueeze", [half, this.integers(-1)]));
      return node("Reshape", [node("Concat", pair, { attributes: { axis: -1 } }), this.integers(0, 0, blocks, blockSize)]);
    };
    const codes = node("Sub", [bits === 4 ? apart() : bytes, center]);
    const perBlock = (values: string): string => node("Unsqueeze", [values, this.integers(-1)]); // (B, T, blocks, 1)
    const scaled = node("Mul", [codes, perBlock(node("Gather", [node("Reshape", [scales, this.integers(n, blocks)]), ids]))]);
    const offset = (table: string): string =>
      perBlock(node("Transpose", [node("Gather", [table, ids], { attributes: { axis: 1 } })], { attributes: { perm: [1, 2, 0] } }));
    const whole = offsets === undefined ? scaled : node("Add", [scaled, offset(offsets)]);
    return node("Reshape", [whole, this.integers(0, 0, k)]);
  }

  /** A constant that products and rows share. */
  async #once(name: string, numbers: () => Promise<Float32Array>, dims: readonly number[]): Promise<string> {
    const known = this.#stored.get(name) ?? this.store(name, await numbers(), dims, this.#dtype === "fp16" ? "float16" : "float32");
    this.#stored.set(name, known);
    return known;
  }

  #inFloat(x: string): string {
    return this.#dtype === "fp16" ? this.#graph.node("Cast", [x], { attributes: { to: dtypeCodes.float16 } }) : x;
  }

  #outOfFloat(x: string): string {
    return this.#dtype === "fp16" ? this.#graph.node("Cast", [x], { attributes: { to: dtypeCodes.float32 } }) : x;
  }

  /** The product, with what low-rank adapters of these weights add. */
  #addAdapter(product: string, x: string, names: readonly string[], shapes: readonly (readonly number[])[]): string {
    const parts = names.map((name, index) => ({ name, outputs: shapes[index]![0]! }));
    const [k, n] = [shapes[0]![1]!, parts.reduce((sum, { outputs }) => sum + outputs, 0)];
    const found = this.#adapter?.productFor(parts, k, this.#source.config);
    if (!found) return product;
    const [a, b] = [
      this.store(`${names.join("+")}.lora_A`, found.a, [k, found.rank]),
      this.store(`${names.join("+")}.lora_B`, found.b, [found.rank, n]),
    ];
    return this.#graph.node("Add", [product, this.#graph.node("MatMul", [this.#graph.node("MatMul", [x, a]), b])]);
  }

  #packFor(name: string): Pack | undefined {
    const dtype = this.#dtype === "file" ? this.#source.dtype(name) : undefined;
    return dtype && packOf(dtype);
  }

  /** Matrices as MatMulNBits takes them, some rows at a time: a whole vocabulary at once would take hundreds of megabytes. */
  *#packed(names: readonly string[]): Generator<PackedWeights> {
    for (const name of names) {
      const pack = this.#packFor(`${name}.weight`)!;
      const { data, shape } = this.#source.blocks(`${name}.weight`)!;
      const [rows, columns] = shape as [number, number];
      const step = Math.ceil(pieceSize / columns);
      for (let row = 0; row < rows; row += step) {
        const end = Math.min(rows, row + step);
        yield pack(data.subarray((data.length / rows) * row, (data.length / rows) * end), (end - row) * columns);
      }
    }
  }

  #multiplyPacked(x: string, name: string, n: number, k: number, pieces: Iterable<PackedWeights>, bias: string): string {
    const { bits, blockSize, quantized, scales, offsets } = this.#storePacked(name, n, k, pieces);
    const product = this.#graph.node("MatMulNBits", [x, quantized, scales, ...(bias === "" ? [] : ["", "", bias])], {
      domain: "com.microsoft",
      attributes: { K: k, N: n, bits, block_size: blockSize, accuracy_level: 4 }, // 4: inputs, too, as 8-bit integers, block by block, as llama.cpp does it
    });
    if (offsets === undefined) return product;
    // Σ (d q + o) x = Σ d q x + Σ o · (the sum of the block's x): a product a 32nd as large adds the offsets, exactly.
    return this.#graph.node("Add", [product, this.#graph.node("MatMul", [this.#sumsOf(x, k / blockSize, blockSize), offsets])]);
  }

  #storePacked(name: string, n: number, k: number, pieces: Iterable<PackedWeights>): StoredPacked {
    const known = this.#storedPacked.get(name);
    if (known) return known;
    const parts: Omit<PackedWeights, "data">[] = [];
    const place = this.#weights.append(
      (function* () {
        for (const { data, ...rest } of pieces) {
          parts.push(rest);
          yield data;
        }
      })(),
    );
    const { bits, blockSize } = parts[0]!;
    const blocks = k / blockSize;
    const together = (kind: "scales" | "offsets"): Float32Array =>
      join(
        parts.flatMap((part) => part[kind] ?? []),
        Float32Array,
      );
    const offsets = together("offsets");
    const stored = {
      bits,
      blockSize,
      quantized: this.#graph.externalConstant(`${name}.quantized`, "uint8", [n, blocks, (blockSize * bits) / 8], place),
      scales: this.store(`${name}.scales`, together("scales"), [n * blocks]),
      ...(offsets.length > 0 && { offsets: this.store(`${name}.offsets`, transpose(offsets, n, blocks), [blocks, n]) }),
    };
    this.#storedPacked.set(name, stored);
    return stored;
  }

  /** The sum of each block of x, made once for all products that take it. */
  #sumsOf(x: string, blocks: number, blockSize: number): string {
    const split = (): string => this.#graph.node("Reshape", [x, this.integers(0, 0, blocks, blockSize)]);
    const sum = (): string => this.#graph.node("ReduceSum", [split(), this.integers(-1)], { attributes: { keepdims: 0 } });
    // Of no tokens, as an expert may have, ONNX Runtime's sum has the shape of what it adds up.
    const sums = this.#blockSums.get(x) ?? this.#graph.node("Reshape", [sum(), this.integers(0, 0, blocks)]);
    this.#blockSums.set(x, sums);
    return sums;
  }
}

function transpose(values: Float32Array, rows: number, cols: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col++) result[col * rows + row] = values[row * cols + col]!;
  return result;
}
