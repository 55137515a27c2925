/** GGUF files written, version 3, whole or not at all. llama.cpp opens them. */
import { ArgumentError } from "../../errors.ts";
import {
  argumentError,
  checkArray,
  checkChoice,
  checkInteger,
  checkObject,
  checkOptions,
  checkText,
  checkUnicode,
} from "../../runtime/check.ts";
import { bytesFor, formats, ggufDTypes, sizeOf, type GgufDType } from "./formats.ts";
import { magic } from "./header.ts";
import { replaceWithParts } from "../replace.ts";
import {
  arrayType,
  checkField,
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
 * @throws {ArgumentError} A shape that is not the data's, rows that are not whole blocks of the type, a value that its type cannot hold.
 * @throws {UnavailableError} The file cannot be written.
 */
export async function writeGguf(file: string, tensors: Readonly<Record<string, GgufInput>>, metadata: GgufMetadata): Promise<void> {
  checkText("file", file, { allowEmpty: false, hint: "pass the path of the file to write" });
  checkObject("tensors", tensors, { hint: "pass an object of name → { dtype, shape, data }" });
  checkObject("metadata", metadata, { hint: "pass an object of key → { type, value }" });
  for (const [key, field] of Object.entries(metadata)) {
    checkUnicode("a key of metadata", key);
    checkField(`metadata[${JSON.stringify(key)}]`, field);
  }
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
  for (const [key, field] of fields) header.string(key).field(field);
  for (const { name, dtype, shape, offset: place } of placed) {
    header.string(name).uint32(shape.length);
    for (const size of shape.toReversed()) header.uint64(size);
    header.uint32(formats[dtype].id).uint64(place);
  }
  await replaceWithParts(file, parts(header.padded(), placed));
}

function* parts(header: Uint8Array, tensors: readonly GgufInput[]): Generator<Uint8Array> {
  yield header;
  for (const { dtype, data } of tensors) yield withPadding(stored(dtype, data));
}

function checkTensor(name: string, input: unknown): void {
  const argument = `tensors[${JSON.stringify(name)}]`;
  checkUnicode("a name in tensors", name, { allowEmpty: false });
  if (Buffer.byteLength(name) >= 64)
    throw argumentError("a name in tensors", "shorter than 64 bytes", name, { hint: "llama.cpp refuses longer names" });
  checkOptions(argument, checkObject(argument, input, { hint: "pass an object with dtype, shape and data" }), ["dtype", "shape", "data"]);
  const { dtype, shape, data } = input as GgufInput;
  const format = formats[checkChoice(`${argument}.dtype`, dtype, ggufDTypes)];
  checkArray(`${argument}.shape`, shape, (size, value) => checkInteger(size, value, { min: 1 }));
  if (shape.length > 4)
    throw argumentError(`${argument}.shape`, "at most four sizes", shape, { hint: "ggml's tensors have four axes at most" });
  if ((shape.at(-1) ?? 1) % format.elements !== 0) {
    throw new ArgumentError(`the rows of "${name}" have ${shape.at(-1)} numbers, and ${dtype} has blocks of ${format.elements}`, {
      hint: "write it as F16 or F32",
      facts: { tensor: name, dtype, shape },
    });
  }
  const elements = sizeOf(shape);
  if (!(data instanceof Float32Array) && !(data instanceof Uint8Array))
    throw argumentError(`${argument}.data`, "a Float32Array or the blocks as a Uint8Array", data);
  const expected = data instanceof Float32Array ? elements : bytesFor(dtype, elements);
  if (data.length !== expected)
    throw argumentError(
      `${argument}.data`,
      `${expected} ${data instanceof Float32Array ? "numbers" : "bytes"}, as its shape (${shape.join(", ")}) needs`,
      data,
    );
  if (data instanceof Float32Array && !format.quantize) {
    throw new ArgumentError(`"${name}" cannot be written as ${dtype} from float32`, {
      hint: `types that can be: ${ggufDTypes.filter((type) => formats[type].quantize).join(", ")}`,
      facts: { tensor: name, dtype },
    });
  }
}

const stored = (dtype: GgufDType, data: Float32Array | Uint8Array): Uint8Array =>
  data instanceof Float32Array ? formats[dtype].quantize!(data) : data;

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

  field(field: GgufField): void {
    if (field.type !== "array") {
      this.uint32(scalarTypes.indexOf(field.type));
      return this.#scalar(field.type, field.value);
    }
    this.uint32(arrayType).uint32(scalarTypes.indexOf(field.of)).uint64(field.value.length);
    for (const value of field.value) this.#scalar(field.of, value);
  }

  /** All that was written, up to the next multiple of the alignment. */
  padded(): Uint8Array {
    return withPadding(this.#bytes.subarray(0, this.#length));
  }

  #scalar(type: GgufScalarType, value: GgufScalar): void {
    if (type === "string") this.string(value as string);
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
