/**
 * What stands before the numbers of a GGUF file: magic, version, counts, key-value pairs, and of each tensor its name, shape, type and place.
 * Lengths are checked against the file before anything of that length is made.
 */
import { FormatError } from "../../errors.ts";
import {
  arrayType,
  scalarFormats,
  scalarTypes,
  type GgufField,
  type GgufMetadata,
  type GgufScalar,
  type GgufScalarType,
} from "./metadata.ts";
import { bytesFor, dtypeOfId, formats, type GgufDType } from "./formats.ts";

export interface GgufTensorInfo {
  name: string;
  /** undefined for a type that is not read here: its place is known, its numbers are not. */
  dtype: GgufDType | undefined;
  /** ggml's id of the type. */
  typeId: number;
  /** Row-major, as in safetensors and PyTorch: the reverse of ggml's `ne`. */
  shape: readonly number[];
  /** Place of the data in the file, in bytes from its beginning. */
  offset: number;
  /** 0 for a type that is not read here. */
  bytes: number;
}

export interface GgufHeader {
  version: number;
  metadata: GgufMetadata;
  /** In the order of the file. */
  tensors: GgufTensorInfo[];
}

export const magic = 0x46554747; // "GGUF"
const newestVersion = 3;

/** A file read from its beginning, a piece at a time. */
export interface ByteSource {
  readonly size: number;
  /** So many bytes from where the last call ended. */
  take(bytes: number): Uint8Array;
  /** Bytes taken so far. */
  readonly position: number;
}

export function parseHeader(file: string, source: ByteSource): GgufHeader {
  const reader = new Reader(file, source);
  if (source.size < 24 || reader.uint32() !== magic) throw notGguf(file, "it does not begin with GGUF");
  const version = reader.uint32();
  if (version < 2 || version > newestVersion) {
    const isSwapped = (version & 0xffff) === 0;
    throw new FormatError(`${file} has GGUF version ${isSwapped ? "in big-endian order" : version}, versions 2 and 3 can be read`, {
      hint: "convert it again with today's llama.cpp",
      facts: { file, version },
    });
  }
  const tensorCount = reader.count("tensors", 24);
  const fieldCount = reader.count("key-value pairs", 13);
  const metadata: Record<string, GgufField> = {};
  for (let index = 0; index < fieldCount; index++) {
    const key = reader.string();
    if (Object.hasOwn(metadata, key)) throw notGguf(file, `the key "${key}" is there twice`);
    Object.defineProperty(metadata, key, { value: reader.field(key), enumerable: true }); // keys such as __proto__ are data too
  }
  const alignment = alignmentOf(file, metadata);
  const relative = Array.from({ length: tensorCount }, () => reader.tensor());
  const start = Math.ceil(source.position / alignment) * alignment;
  const seen = new Set<string>();
  const tensors = relative.map((tensor) => {
    if (seen.has(tensor.name)) throw notGguf(file, `the tensor "${tensor.name}" is there twice`);
    seen.add(tensor.name);
    if (tensor.offset % alignment !== 0)
      throw notGguf(file, `tensor "${tensor.name}" begins at ${tensor.offset}, not at a multiple of ${alignment}`);
    const offset = start + tensor.offset;
    if (offset + tensor.bytes > source.size) {
      throw notGguf(file, `it has ${source.size} bytes, and tensor "${tensor.name}" ends at byte ${offset + tensor.bytes}`);
    }
    return { ...tensor, offset };
  });
  return { version, metadata, tensors };
}

function alignmentOf(file: string, metadata: GgufMetadata): number {
  const alignment = metadata["general.alignment"]?.value ?? 32;
  if (typeof alignment === "number" && alignment > 0 && alignment % 8 === 0) return alignment;
  throw notGguf(file, `its alignment is ${String(alignment)}, not a multiple of 8`);
}

/** Values in the order of the file, each checked to lie within it. */
class Reader {
  readonly #file: string;
  readonly #source: ByteSource;

  constructor(file: string, source: ByteSource) {
    this.#file = file;
    this.#source = source;
  }

  uint32(): number {
    return this.#view(4).getUint32(0, true);
  }

  uint64(): number {
    const bytes = this.#source.take(8); // by hand: there are hundreds of thousands, for every token has a length
    const low = bytes[0]! + bytes[1]! * 2 ** 8 + bytes[2]! * 2 ** 16 + bytes[3]! * 2 ** 24;
    const high = bytes[4]! + bytes[5]! * 2 ** 8 + bytes[6]! * 2 ** 16 + bytes[7]! * 2 ** 24;
    if (high < 2 ** 21) return high * 2 ** 32 + low;
    throw notGguf(this.#file, `${(BigInt(high) << 32n) + BigInt(low)} is not a size`);
  }

  /** How many there are, each of at least so many bytes. */
  count(what: string, bytesEach: number): number {
    const count = this.uint64();
    if (count * bytesEach <= this.#source.size - this.#source.position) return count;
    throw notGguf(this.#file, `it cannot have ${count} ${what} in its ${this.#source.size} bytes`);
  }

  string(): string {
    const { buffer, byteOffset, length } = this.#source.take(this.count("characters", 1));
    return Buffer.from(buffer, byteOffset, length).toString(); // a byte-order mark stays: it may be a token
  }

  field(key: string): GgufField {
    const type = this.uint32();
    if (type !== arrayType) {
      const name = this.#scalarType(key, type);
      return { type: name, value: this.#scalar(name) };
    }
    const of = this.#scalarType(key, this.uint32());
    const length = this.count(`values of "${key}"`, of === "string" ? 8 : scalarFormats[of].bytes);
    return { type: "array", of, value: this.#scalars(of, length) };
  }

  tensor(): GgufTensorInfo {
    const name = this.string();
    const axes = this.uint32();
    if (axes > 4) throw notGguf(this.#file, `tensor "${name}" has ${axes} axes, more than 4`);
    const sizes = Array.from({ length: axes }, () => this.uint64());
    const elements = sizes.reduce((product, size) => product * size, 1);
    const typeId = this.uint32();
    const offset = this.uint64();
    const dtype = dtypeOfId(typeId);
    if (!Number.isSafeInteger(elements)) throw notGguf(this.#file, `tensor "${name}" has the sizes ${sizes.join(", ")}`);
    if (dtype && (sizes[0] ?? 1) % formats[dtype].elements !== 0) {
      throw notGguf(this.#file, `the rows of tensor "${name}" have ${sizes[0]} numbers, not whole blocks of ${formats[dtype].elements}`);
    }
    return { name, dtype, typeId, shape: sizes.toReversed(), offset, bytes: dtype ? bytesFor(dtype, elements) : 0 };
  }

  #scalarType(key: string, type: number): GgufScalarType {
    const name = scalarTypes[type];
    if (name !== undefined && name !== "array") return name;
    throw notGguf(this.#file, `"${key}" has values of the unknown type ${type}`);
  }

  #scalar(type: GgufScalarType): GgufScalar {
    return type === "string" ? this.string() : scalarFormats[type].read(this.#view(scalarFormats[type].bytes), 0);
  }

  #scalars(type: GgufScalarType, length: number): GgufScalar[] {
    if (type === "string") return Array.from({ length }, () => this.string());
    const format = scalarFormats[type];
    const view = this.#view(length * format.bytes);
    return Array.from({ length }, (_, index) => format.read(view, index * format.bytes));
  }

  #view(bytes: number): DataView {
    const taken = this.#source.take(bytes);
    return new DataView(taken.buffer, taken.byteOffset, taken.length);
  }
}

export function notGguf(file: string, what: string): FormatError {
  return new FormatError(`${file} is not a complete GGUF file: ${what}`, { hint: "fetch it again, or write it again", facts: { file } });
}
