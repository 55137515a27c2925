/** GGUF files, llama.cpp's format (github.com/ggml-org/ggml/blob/master/docs/gguf.md): opened by their header, each tensor read when it is asked for. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { ArgumentError, ClosedError, FormatError } from "../../errors.ts";
import { argumentError, checkChoice, checkIndices, checkInstance, checkInteger, checkText, nearest } from "../../runtime/check.ts";
import { unreadable } from "../../runtime/files.ts";
import { bytesFor, formats, ggufDTypes, sizeOf, type GgufDType } from "./formats.ts";
import { notGguf, parseHeader, type ByteSource, type GgufHeader, type GgufTensorInfo } from "./header.ts";
import { quantizedDTypes, unpackBlocks, type QuantizedDType, type Unpacked } from "./layouts.ts";
import type { GgufMetadata, GgufScalar } from "./metadata.ts";

/** A tensor as the file holds it. */
export interface GgufTensor {
  dtype: GgufDType;
  /** Row-major: the last axis is contiguous. */
  shape: readonly number[];
  /** Blocks of the type, one row after another. */
  data: Uint8Array;
}

/**
 * Opens a file and reads its header.
 *
 * @throws {UnavailableError} There is no such file, or it cannot be read.
 * @throws {FormatError} The file is cut short or not in this format; the message says what is wrong.
 * @example
 * const file = openGguf('smollm2-135m-instruct-q4_1.gguf')
 * file.text('general.architecture') // 'llama'
 * file.info('token_embd.weight').shape // [49152, 576]
 */
export function openGguf(file: string): Gguf {
  const descriptor = openForReading(file);
  try {
    return new Gguf(file, descriptor, parseHeader(path.basename(file), new FileSource(file, descriptor)));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function openForReading(file: string): number {
  checkText("file", file, { allowEmpty: false, hint: "pass the path of a .gguf file" });
  try {
    return openSync(file, "r");
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** An open GGUF file. Give it back with close(). */
export class Gguf implements Disposable {
  readonly file: string;
  readonly version: number;
  /** Key → value with its type. `number`, `text` and `list` read single keys. */
  readonly metadata: GgufMetadata;
  readonly #tensors: ReadonlyMap<string, GgufTensorInfo>;
  #descriptor: number | undefined;

  constructor(file: string, descriptor: number, { version, metadata, tensors }: GgufHeader) {
    this.file = file;
    this.version = version;
    this.metadata = metadata;
    this.#descriptor = descriptor;
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** Of all tensors, in the order of the file. */
  get names(): string[] {
    return [...this.#tensors.keys()];
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Type, shape and place in the file. */
  info(name: string): GgufTensorInfo {
    const found = this.#tensors.get(name);
    if (found) return found;
    checkText("name", name);
    const meant = nearest(name, this.names);
    throw new ArgumentError(`${path.basename(this.file)} has no tensor "${name}"`, {
      hint:
        meant !== undefined
          ? `did you mean "${meant}"?`
          : this.names.length === 0
            ? "the file has no tensors"
            : `it has ${this.names.slice(0, 4).join(", ")} …`,
      facts: { file: this.file, tensor: name },
    });
  }

  /** The tensor's blocks as they are. */
  read(name: string): GgufTensor {
    const { dtype, shape, offset, bytes } = this.#readable(name);
    return { dtype, shape, data: readAt(this.#open(), this.file, offset, bytes) };
  }

  /** The tensor's numbers as float32, as llama.cpp takes them. */
  readFloat32(name: string): Float32Array {
    const { dtype, shape, data } = this.read(name);
    return dequantize(dtype, data, sizeOf(shape));
  }

  /**
   * Some rows of a matrix as float32, one below the other, such as the embeddings of a few tokens.
   *
   * @param rows Indices along the first axis.
   */
  readRows(name: string, rows: ArrayLike<number>): Float32Array {
    const { shape, offset, bytes } = this.info(name);
    const { dtype } = this.#readable(name);
    if (shape.length !== 2) {
      throw new ArgumentError(`tensor "${name}" of shape (${shape.join(", ")}) is not a matrix`, {
        hint: `read it whole: readFloat32("${name}")`,
        facts: { argument: "name", value: name, shape },
      });
    }
    const [count, width] = shape as [number, number];
    checkIndices("rows", rows, count, { hint: `the rows of "${name}" are 0 to ${count - 1}` });
    const result = new Float32Array(rows.length * width);
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const blocks = readAt(this.#open(), this.file, offset + (bytes / count) * row, bytes / count);
      formats[dtype].dequantize(blocks, result.subarray(index * width, (index + 1) * width));
    }
    return result;
  }

  /** A number of the metadata; `fallback` where the key is absent. */
  number(key: string, fallback?: number): number {
    return this.#value(key, "a number", (value) => (typeof value === "number" ? value : undefined), fallback);
  }

  /** A text of the metadata; `fallback` where the key is absent. */
  text(key: string, fallback?: string): string {
    return this.#value(key, "a string", (value) => (typeof value === "string" ? value : undefined), fallback);
  }

  /** An array of the metadata. */
  list(key: string): readonly GgufScalar[] {
    return this.#value(key, "an array", (value) => (Array.isArray(value) ? (value as readonly GgufScalar[]) : undefined));
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): number {
    if (this.#descriptor !== undefined) return this.#descriptor;
    throw new ClosedError(`${path.basename(this.file)} is closed`, { hint: "read before close()" });
  }

  #readable(name: string): GgufTensorInfo & { dtype: GgufDType } {
    const info = this.info(name);
    if (info.dtype !== undefined) return { ...info, dtype: info.dtype };
    throw new FormatError(`${path.basename(this.file)}: tensor "${name}" has ggml's type ${info.typeId}, which is not read here`, {
      hint: `take a file of one of ${ggufDTypes.join(", ")}`,
      facts: { file: this.file, tensor: name, typeId: info.typeId },
    });
  }

  #value<T>(key: string, expected: string, pick: (value: unknown) => T | undefined, fallback?: T): T {
    checkText("key", key);
    if (!Object.hasOwn(this.metadata, key)) {
      if (fallback !== undefined) return fallback;
      throw new FormatError(`${path.basename(this.file)} does not say "${key}"`, {
        hint: "this is not a model of the kind that is being opened",
        facts: { file: this.file, key },
      });
    }
    const picked = pick(this.metadata[key]!.value);
    if (picked !== undefined) return picked;
    throw argumentError(`"${key}" of ${path.basename(this.file)}`, expected, this.metadata[key]!.value);
  }
}

/**
 * Blocks of a type as so many float32 numbers.
 *
 * @throws {ArgumentError} Another type, or data of another length than so many numbers take.
 */
export function dequantize(dtype: GgufDType, data: Uint8Array, elements: number): Float32Array {
  checkBlocks(checkChoice("dtype", dtype, ggufDTypes), data, elements);
  const values = new Float32Array(elements);
  formats[dtype].dequantize(data, values);
  return values;
}

/**
 * Float32 numbers as blocks of a type, byte for byte as `writeGguf` and llama.cpp's reference quantisers make them.
 *
 * @throws {ArgumentError} A type that is not written here, or numbers that do not fill whole blocks.
 */
export function quantize(dtype: GgufDType, values: Float32Array): Uint8Array {
  const written = ggufDTypes.filter((type) => formats[type].quantize);
  const format = formats[checkChoice("dtype", dtype, written)];
  checkInstance("values", values, Float32Array);
  if (values.length % format.elements === 0) return format.quantize!(values);
  throw argumentError("values", `a multiple of ${format.elements} numbers, the block of ${dtype}`, values);
}

/**
 * Blocks of a quantised type taken apart: integers, scales, and minimums where the type has them.
 *
 * @throws {ArgumentError} A type that is not quantised, or data of another length than so many numbers take.
 */
export function unpack(dtype: QuantizedDType, data: Uint8Array, elements: number): Unpacked {
  checkBlocks(checkChoice("dtype", dtype, quantizedDTypes), data, elements);
  return unpackBlocks(dtype, data, elements);
}

function checkBlocks(dtype: GgufDType, data: Uint8Array, elements: number): void {
  checkInteger("elements", elements, { min: 0 });
  checkInstance("data", data, Uint8Array);
  const expected = bytesFor(dtype, elements);
  if (data.length === expected) return;
  throw argumentError("data", `${expected} bytes, as ${elements} numbers of ${dtype} take`, data, {
    hint: "pass whole blocks, as Gguf.read returns them",
  });
}

/** A file read forwards in pieces of a megabyte. */
class FileSource implements ByteSource {
  readonly size: number;
  position = 0;
  readonly #file: string;
  readonly #descriptor: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.size = fstatSync(descriptor).size;
  }

  take(bytes: number): Uint8Array {
    if (this.position + bytes > this.size) throw notGguf(path.basename(this.#file), `it ends at byte ${this.size}, within its header`);
    if (this.position + bytes > this.#windowStart + this.#window.length) {
      this.#windowStart = this.position;
      this.#window = readAt(this.#descriptor, this.#file, this.position, Math.min(Math.max(bytes, 2 ** 20), this.size - this.position));
    }
    const start = this.position - this.#windowStart;
    this.position += bytes;
    return this.#window.subarray(start, start + bytes);
  }
}

function readAt(descriptor: number, file: string, offset: number, bytes: number): Uint8Array {
  const buffer = new Uint8Array(bytes);
  for (let done = 0; done < bytes;) {
    const count = readSome(descriptor, buffer, done, file, offset + done);
    if (count === 0) throw notGguf(path.basename(file), `it ends at byte ${offset + done}, within a tensor`);
    done += count;
  }
  return buffer;
}

function readSome(descriptor: number, buffer: Uint8Array, done: number, file: string, position: number): number {
  try {
    return readSync(descriptor, buffer, done, Math.min(buffer.length - done, 2 ** 30), position); // one read takes less than 2 GiB
  } catch (cause) {
    throw unreadable(file, cause); // a folder opens, and fails here
  }
}
