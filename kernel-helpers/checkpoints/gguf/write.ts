/** GGUF files written, version 3, whole or not at all. llama.cpp opens them. */
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkChoice, checkText } from "../../runtime/check.ts";
import { bytesFor, formats, ggufDTypes, type GgufDType } from "./formats.ts";
import { magic } from "./header.ts";
import {
  arrayType,
  scalarFormats,
  scalarTypes,
  type GgufField,
  type GgufMetadata,
  type GgufScalar,
  type GgufScalarType,
} from "./metadata.ts";

export interface GgufInput {
  /** Type in the file: float32 data is rounded or quantised to it. */
  dtype: GgufDType;
  /** Row-major. */
  shape: readonly number[];
  /** Float32 numbers, or blocks of the type as `Gguf.read` returns them. */
  data: Float32Array | Uint8Array;
}

const alignment = 32;

/**
 * Writes a file.
 *
 * @param tensors Name → type, shape and data.
 * @param metadata Key → value with its type, such as `{ 'general.architecture': { type: 'string', value: 'llama' } }`.
 */
export async function writeGguf(file: string, tensors: Readonly<Record<string, GgufInput>>, metadata: GgufMetadata): Promise<void> {
  const fields = Object.entries(metadata).filter(([key]) => key !== "general.alignment");
  let offset = 0;
  const placed = Object.entries(tensors).map(([name, input]) => {
    checkTensor(name, input);
    const tensor = { name, ...input, offset };
    offset += padded(bytesFor(input.dtype, sizeOf(input.shape)));
    return tensor;
  });
  const header = new Writer();
  header.uint32(magic).uint32(3).uint64(placed.length).uint64(fields.length);
  for (const [key, field] of fields) header.string(key).field(key, field);
  for (const { name, dtype, shape, offset: place } of placed) {
    header.string(name).uint32(shape.length);
    for (const size of shape.toReversed()) header.uint64(size);
    header.uint32(formats[dtype].id).uint64(place);
  }
  const draft = `${file}.${randomUUID()}.draft`;
  try {
    const handle = await open(draft, "w");
    try {
      await handle.writeFile(header.padded());
      for (const { dtype, data } of placed) await handle.writeFile(withPadding(stored(dtype, data)));
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function checkTensor(name: string, { dtype, shape, data }: GgufInput): void {
  checkText("tensor name", name, { allowEmpty: false });
  const format = formats[checkChoice(`dtype of "${name}"`, dtype, ggufDTypes)];
  if (Buffer.byteLength(name) >= 64)
    throw argumentError("tensor name", "shorter than 64 bytes", name, { hint: "llama.cpp refuses longer names" });
  if (!Array.isArray(shape) || shape.length > 4 || shape.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw argumentError(`shape of "${name}"`, "at most four positive integers", shape);
  }
  if ((shape.at(-1) ?? 1) % format.elements !== 0) {
    throw new ArgumentError(`the rows of "${name}" have ${shape.at(-1)} numbers, and ${dtype} has blocks of ${format.elements}`, {
      hint: "write it as F16 or F32",
      facts: { tensor: name, dtype, shape },
    });
  }
  const elements = sizeOf(shape);
  if (!(data instanceof Float32Array) && !(data instanceof Uint8Array))
    throw argumentError(`data of "${name}"`, "a Float32Array or the blocks as a Uint8Array", data);
  const expected = data instanceof Float32Array ? elements : bytesFor(dtype, elements);
  if (data.length !== expected)
    throw argumentError(`data of "${name}"`, `${expected} long, as its shape (${shape.join(", ")}) asks`, data.length);
  if (data instanceof Float32Array && !format.quantize) {
    throw new ArgumentError(`"${name}" cannot be written as ${dtype} from float32`, {
      hint: `types that can be: ${ggufDTypes.filter((type) => formats[type].quantize).join(", ")}`,
      facts: { tensor: name, dtype },
    });
  }
}

const stored = (dtype: GgufDType, data: Float32Array | Uint8Array): Uint8Array =>
  data instanceof Float32Array ? formats[dtype].quantize!(data) : data;

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

function withPadding(bytes: Uint8Array): Uint8Array {
  if (bytes.length % alignment === 0) return bytes;
  const whole = new Uint8Array(padded(bytes.length));
  whole.set(bytes);
  return whole;
}

/** Values one behind the other, in a buffer that grows. */
class Writer {
  #bytes = new Uint8Array(2 ** 16);
  #length = 0;

  uint32(value: number): this {
    this.#room(4).setUint32(0, value, true);
    return this;
  }

  uint64(value: number): this {
    this.#room(8).setBigUint64(0, BigInt(value), true);
    return this;
  }

  string(value: string): this {
    const bytes = new TextEncoder().encode(value);
    this.uint64(bytes.length);
    const view = this.#room(bytes.length);
    new Uint8Array(view.buffer, view.byteOffset, bytes.length).set(bytes);
    return this;
  }

  field(key: string, field: GgufField): void {
    if (field.type !== "array") {
      this.uint32(scalarTypes.indexOf(field.type));
      return this.#scalar(key, field.type, field.value);
    }
    this.uint32(arrayType).uint32(scalarTypes.indexOf(field.of)).uint64(field.value.length);
    for (const value of field.value) this.#scalar(key, field.of, value);
  }

  /** All that was written, up to the next multiple of the alignment. */
  padded(): Uint8Array {
    return withPadding(this.#bytes.subarray(0, this.#length));
  }

  #scalar(key: string, type: GgufScalarType, value: GgufScalar): void {
    if (type === "string") this.string(checkText(key, value));
    else scalarFormats[type].write(this.#room(scalarFormats[type].bytes), 0, value);
  }

  #room(bytes: number): DataView {
    while (this.#length + bytes > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#length += bytes;
    return new DataView(this.#bytes.buffer, this.#length - bytes, bytes);
  }
}
