/**
 * The header of a safetensors file (github.com/huggingface/safetensors, "Format"): 8 bytes of length, JSON of tensor → type, shape and
 * offsets, then the data. What the reference implementation (the Rust crate, 0.8) refuses is refused here, before a byte of data is read, with
 * one exception: a tensor of a type that nobody knows leaves the others readable.
 */
import { FormatError } from "../errors.ts";
import { isPlainObject, shown } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { bitsPerElement } from "./dtypes.ts";
import { checkLiterals } from "./literals.ts";

export interface TensorInfo {
  name: string;
  /** As the file has it, such as "F32"; some types cannot be read as numbers. */
  dtype: string;
  shape: readonly number[];
  /** Where the data starts in its file, in bytes from the beginning. */
  offset: number;
  bytes: number;
}

export interface Header {
  /** In the order of their data. */
  tensors: TensorInfo[];
  metadata: Record<string, string>;
}

/** In bytes, as in the reference implementation: a longer header is an attack or garbage. */
export const longestHeader = 100_000_000;

export function parseHeader(file: string, json: Uint8Array, fileBytes: number): Header {
  const dataStart = 8 + json.length;
  const entries = readEntries(file, json);
  const { __metadata__: given, ...described } = entries;
  const metadata = given ?? {};
  if (!isPlainObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw corrupt(file, "its __metadata__ is not an object of strings");
  }
  const tensors = Object.entries(described).map(([name, entry]) => parseTensor(file, name, entry, dataStart));
  tensors.sort((one, other) => one.offset - other.offset || one.bytes - other.bytes);
  checkOffsets(file, tensors, dataStart, fileBytes);
  return { tensors, metadata: metadata as Record<string, string> };
}

function readEntries(file: string, json: Uint8Array): Record<string, unknown> {
  let text: string;
  let entries: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw corrupt(file, "its header is not UTF-8", { cause });
  }
  try {
    entries = parseJson(text, { file });
  } catch (cause) {
    throw corrupt(file, "its header is not JSON", { cause, ...(cause instanceof FormatError ? cause.facts : {}) });
  }
  if (!isPlainObject(entries)) throw corrupt(file, "its header is not a JSON object");
  checkLiterals(text, (what, facts) => corrupt(file, what, facts));
  return entries;
}

function parseTensor(file: string, name: string, entry: unknown, dataStart: number): TensorInfo {
  const wrong = (what: string): FormatError => corrupt(file, `tensor ${JSON.stringify(name)} ${what}`, { tensor: name });
  if (!isPlainObject(entry)) throw wrong(`is described by ${shown(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string") throw wrong(`has the type ${shown(dtype)}`);
  if (!isSizes(shape)) throw wrong(`has the shape ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) throw wrong(`has the offsets ${JSON.stringify(offsets)}`);
  const bytes = offsets[1]! - offsets[0]!;
  const bits = bitsPerElement(dtype);
  const needed = bits === undefined ? bytes : bitsOf(shape, bits) / 8;
  if (Number.isNaN(needed)) throw wrong(`has the shape ${JSON.stringify(shape)}, more than 2^64 elements`);
  if (!Number.isInteger(needed)) throw wrong(`of type ${dtype} and shape (${shape.join(", ")}) does not end at a whole byte`);
  if (needed !== bytes) throw wrong(`of type ${dtype} and shape (${shape.join(", ")}) takes ${needed} bytes, not ${bytes}`);
  return { name, dtype, shape, offset: dataStart + offsets[0]!, bytes };
}

/** NaN where a product on the way is too large for 64 bits, also when a later size is 0. */
function bitsOf(shape: readonly number[], bits: number): number {
  let product = 1;
  for (const size of [...shape, bits]) {
    product *= size;
    if (product >= 2 ** 64) return NaN;
  }
  return product;
}

/** The tensors follow one another, with no holes, up to the end of the file. */
function checkOffsets(file: string, tensors: readonly TensorInfo[], dataStart: number, fileBytes: number): void {
  let end = dataStart;
  for (const { name, offset, bytes } of tensors) {
    if (offset !== end) throw corrupt(file, `tensor ${JSON.stringify(name)} starts at byte ${offset}, expected ${end}`, { tensor: name });
    end += bytes;
  }
  if (end > fileBytes) throw corrupt(file, `it has ${fileBytes} bytes, and its tensors need ${end}`, { bytes: fileBytes, needed: end });
  if (end < fileBytes) {
    throw corrupt(file, `${fileBytes - end} bytes after the last tensor belong to none`, { bytes: fileBytes, needed: end });
  }
}

/** Length and JSON, padded with spaces so that the data starts at a multiple of 8. */
export function encodeHeader(tensors: readonly TensorInfo[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries = tensors.map(({ name, dtype, shape, offset, bytes }): [string, unknown] => [
    name,
    { dtype, shape, data_offsets: [offset, offset + bytes] },
  ]);
  const described = Object.keys(metadata).length > 0 ? [["__metadata__", metadata] as [string, unknown], ...entries] : entries;
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(described)));
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return header;
}

export function corrupt(file: string, what: string, { cause, ...facts }: Record<string, unknown> = {}): FormatError {
  return new FormatError(`${file} is not a complete safetensors file: ${what}`, {
    hint: "fetch it again, or write it again",
    cause,
    facts: { file, ...facts },
  });
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
