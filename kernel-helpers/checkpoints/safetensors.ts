/** Safetensors files: opened by their header alone, each tensor read from its own place when it is asked for; written whole or not at all. */
import { randomUUID } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { ArgumentError, ClosedError } from "../errors.ts";
import { asArray, bytesPerElement, toFloat32, toStored, type CheckpointArray, type CheckpointDType } from "./dtypes.ts";
import { corrupt, encodeHeader, longestHeader, parseHeader, type Header, type TensorInfo } from "./header.ts";

export interface CheckpointTensor {
  dtype: CheckpointDType;
  shape: readonly number[];
  /** In row-major order; F16, BF16 and F8 as their bits. */
  data: CheckpointArray;
}

/**
 * Opens a file and reads its header.
 *
 * @throws {FormatError} when the file is not whole or not in this format, saying what is wrong.
 * @example
 * const checkpoint = await openSafetensors('model.safetensors')
 * const weights = await checkpoint.readFloat32('embeddings.word_embeddings.weight')
 * checkpoint.info('embeddings.word_embeddings.weight').shape // [30522, 384]
 */
export async function openSafetensors(file: string): Promise<Safetensors> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size < 8) throw corrupt(file, `it has ${size} bytes`);
    const length = new DataView((await readAt(handle, file, 0, 8)).buffer).getBigUint64(0, true);
    if (length > longestHeader) throw corrupt(file, `it begins with a header length of ${length} bytes`);
    if (8 + Number(length) > size) throw corrupt(file, `it has ${size} bytes, and its header needs ${8 + Number(length)}`);
    const json = await readAt(handle, file, 8, Number(length));
    return new Safetensors(file, handle, parseHeader(path.basename(file), json, size));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** An open file of tensors. Give it back with close(). */
export class Safetensors implements AsyncDisposable {
  readonly file: string;
  readonly metadata: Readonly<Record<string, string>>;
  #handle: FileHandle | undefined;
  readonly #tensors: ReadonlyMap<string, TensorInfo>;

  constructor(file: string, handle: FileHandle, { tensors, metadata }: Header) {
    this.file = file;
    this.metadata = metadata;
    this.#handle = handle;
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** Of all tensors, in the order of their data. */
  get names(): string[] {
    return [...this.#tensors.keys()];
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Type, shape and place in the file. */
  info(name: string): TensorInfo {
    const found = this.#tensors.get(name);
    if (found) return found;
    const near = this.names.filter((candidate) => candidate.endsWith(name) || name.endsWith(candidate));
    const shown = (near.length > 0 ? near : this.names).slice(0, 5);
    throw new ArgumentError(`${path.basename(this.file)} has no tensor "${name}"`, {
      hint: `it has ${this.#tensors.size}, such as ${shown.join(", ")}`,
    });
  }

  async read(name: string): Promise<CheckpointTensor> {
    const { dtype, shape, offset, bytes } = this.info(name);
    if (!this.#handle) throw new ClosedError(`${path.basename(this.file)} is closed`, { hint: "read before close()" });
    return { dtype, shape, data: asArray(dtype, await readAt(this.#handle, this.file, offset, bytes)) };
  }

  /** The tensor's numbers as float32, whatever its type: exact for 16 and 8 bits, rounded for 64. */
  async readFloat32(name: string): Promise<Float32Array> {
    const { dtype, data } = await this.read(name);
    return toFloat32(dtype, data);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function readAt(handle: FileHandle, file: string, offset: number, bytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await handle.read(buffer, done, Math.min(bytes - done, 2 ** 30), offset + done); // one read takes less than 2 GiB
    if (bytesRead === 0) throw corrupt(file, `it ends at byte ${offset + done}, within a tensor`);
    done += bytesRead;
  }
  return buffer;
}

/**
 * Writes a file, whole or not at all. Tensors of wide types come first, so that each lies at a multiple of its element's size.
 *
 * @param tensors Name → type, shape and data; float32 data of type F16 or BF16 is rounded to it.
 */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, CheckpointTensor>>,
  metadata: Record<string, string> = {},
): Promise<void> {
  const ordered = Object.entries(tensors).toSorted(
    ([nameA, a], [nameB, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype) || (nameA < nameB ? -1 : 1),
  );
  let offset = 0;
  const placed = ordered.map(([name, { dtype, shape, data }]) => {
    const stored = toStored(name, dtype, data);
    const elements = shape.reduce((product, size) => product * size, 1);
    if (name === "__metadata__" || elements !== stored.length) {
      throw new ArgumentError(`tensor "${name}" has ${stored.length} elements, its shape (${shape.join(", ")}) holds ${elements}`, {
        hint: name === "__metadata__" ? "the format keeps this name for itself" : "give the shape of the data",
      });
    }
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    const info: TensorInfo = { name, dtype, shape, offset, bytes: bytes.length };
    offset += bytes.length;
    return { info, bytes };
  });
  const header = encodeHeader(
    placed.map(({ info }) => info),
    metadata,
  );
  const draft = `${file}.${randomUUID()}.draft`;
  try {
    const handle = await open(draft, "w");
    try {
      for (const bytes of [header, ...placed.map((part) => part.bytes)]) await writeAll(handle, bytes);
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done, Math.min(bytes.length - done, 2 ** 30))).bytesWritten;
}
