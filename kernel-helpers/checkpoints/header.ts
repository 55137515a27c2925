/**
 * The header of a safetensors file (github.com/huggingface/safetensors, "Format"): 8 bytes of length, JSON of tensor → type, shape and
 * place, then the data. Everything that the reference implementation refuses is refused here, before a byte of data is read.
 */
import { FormatError } from "../errors.ts";
import { bytesPerElement, checkpointDTypes, isCheckpointDType, type CheckpointDType } from "./dtypes.ts";

export interface TensorInfo {
  name: string;
  dtype: CheckpointDType;
  shape: readonly number[];
  /** Place of the data in the file, in bytes from its beginning. */
  offset: number;
  bytes: number;
}

export interface Header {
  /** In the order of their data. */
  tensors: TensorInfo[];
  metadata: Record<string, string>;
}

/** As in the reference implementation: a larger header is an attack or garbage. */
export const longestHeader = 100_000_000;

export function parseHeader(file: string, json: Uint8Array, fileBytes: number): Header {
  const dataStart = 8 + json.length;
  let entries: Record<string, unknown>;
  try {
    entries = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json)) as Record<string, unknown>;
  } catch (cause) {
    throw corrupt(file, `its header is no JSON (${(cause as Error).message})`, cause);
  }
  if (!isRecord(entries)) throw corrupt(file, "its header is no JSON object");
  const { __metadata__: metadata = {}, ...described } = entries;
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw corrupt(file, "its __metadata__ is no object of strings");
  }
  const tensors = Object.entries(described).map(([name, entry]) => parseTensor(file, name, entry, dataStart));
  tensors.sort((one, other) => one.offset - other.offset || one.bytes - other.bytes);
  checkPlaces(file, tensors, dataStart, fileBytes);
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseTensor(file: string, name: string, entry: unknown, dataStart: number): TensorInfo {
  if (!isRecord(entry)) throw corrupt(file, `tensor "${name}" is described by ${JSON.stringify(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isCheckpointDType(dtype)) {
    throw new FormatError(`${file}: tensor "${name}" has the type ${JSON.stringify(dtype)}`, {
      hint: `types that can be read: ${checkpointDTypes.join(", ")}`,
    });
  }
  if (!isSizes(shape)) throw corrupt(file, `tensor "${name}" has the shape ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw corrupt(file, `tensor "${name}" has the offsets ${JSON.stringify(offsets)}`);
  }
  const bytes = offsets[1]! - offsets[0]!;
  const needed = shape.reduce((product, size) => product * size, bytesPerElement(dtype));
  if (needed !== bytes) throw corrupt(file, `tensor "${name}", ${dtype} of (${shape.join(", ")}), takes ${needed} bytes, not ${bytes}`);
  return { name, dtype, shape, offset: dataStart + offsets[0]!, bytes };
}

/** The tensors lie one behind the other, with no holes, up to the end of the file. */
function checkPlaces(file: string, tensors: readonly TensorInfo[], dataStart: number, fileBytes: number): void {
  let end = dataStart;
  for (const { name, offset, bytes } of tensors) {
    if (offset !== end) throw corrupt(file, `tensor "${name}" begins at byte ${offset}, expected ${end}`);
    end += bytes;
  }
  if (end > fileBytes) throw corrupt(file, `it has ${fileBytes} bytes, and its tensors need ${end}`);
  if (end < fileBytes) throw corrupt(file, `${fileBytes - end} bytes after the last tensor belong to none`);
}

/** Length and JSON, padded with spaces so that the data begins at a multiple of 8. */
export function encodeHeader(tensors: readonly TensorInfo[], metadata: Record<string, string>): Uint8Array {
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

export function corrupt(file: string, what: string, cause?: unknown): FormatError {
  return new FormatError(`${file} is no whole safetensors file: ${what}`, { hint: "fetch it again, or write it again", cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
