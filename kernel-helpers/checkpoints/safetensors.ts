/** Safetensors files, opened by their headers alone; each tensor is read from its own bytes when it is asked for. */
import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { ArgumentError, ClosedError, DTypeError } from "../errors.ts";
import { checkIndices, checkText, nearest } from "../runtime/check.ts";
import { unreadable } from "../runtime/files.ts";
import { signatureOf } from "../runtime/looks-like.ts";
import { asArray, checkpointDTypes, isCheckpointDType, toFloat32, type CheckpointArray, type CheckpointDType } from "./dtypes.ts";
import { corrupt, longestHeader, parseHeader, type Header, type TensorInfo } from "./header.ts";
import { findSafetensors, readShardIndex } from "./shards.ts";

export interface CheckpointTensor {
  dtype: CheckpointDType;
  shape: readonly number[];
  /** In row-major order; F16, BF16 and F8 as their bits. */
  data: CheckpointArray;
}

/**
 * Opens a checkpoint and reads its header, or the headers of its shards.
 *
 * @param place A .safetensors file; the index of a checkpoint in several files, model.safetensors.index.json; or a folder that has either.
 * @throws {UnavailableError} There is no such file, or it cannot be read.
 * @throws {FormatError} A file is cut short or not in this format; the message says what is wrong.
 * @example
 * const checkpoint = await openSafetensors('model.safetensors')
 * const weights = await checkpoint.readFloat32('embeddings.word_embeddings.weight')
 * checkpoint.info('embeddings.word_embeddings.weight').shape // [30522, 384]
 */
export async function openSafetensors(place: string): Promise<Safetensors> {
  const file = findSafetensors(checkText("place", place, { allowEmpty: false, hint: "pass the path of a .safetensors file, or a folder" }));
  if (!file.endsWith(".index.json")) return new Safetensors(file, [await openShard(file)]);
  const { fileOf, files } = await readShardIndex(file);
  const shards: Shard[] = [];
  try {
    for (const shard of files) shards.push(await openShard(shard));
    for (const { file: shard, header } of shards) header.tensors = header.tensors.filter(({ name }) => fileOf.get(name) === shard);
    const checkpoint = new Safetensors(file, shards);
    for (const [name, shard] of fileOf) {
      if (!checkpoint.has(name))
        throw corrupt(path.basename(shard), `it lacks ${JSON.stringify(name)}, which its index names`, { tensor: name });
    }
    return checkpoint;
  } catch (error) {
    await Promise.all(shards.map(({ handle }) => handle.close()));
    throw error;
  }
}

/** One file of a checkpoint. */
interface Shard {
  file: string;
  handle: FileHandle;
  header: Header;
}

async function openShard(file: string): Promise<Shard> {
  const name = path.basename(file);
  const handle = await open(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  try {
    const { size } = await handle.stat();
    const start = await readAt(handle, file, 0, Math.min(size, 64));
    if (size < 8) throw corrupt(name, `it has ${size} bytes`, { bytes: size });
    const length = new DataView(start.buffer).getBigUint64(0, true);
    if (length > longestHeader) throw corrupt(name, `its header would have ${length} bytes${likeness(start)}`, { headerBytes: length });
    const needed = 8 + Number(length);
    if (needed > size) throw corrupt(name, `it has ${size} bytes, and its header needs ${needed}`, { bytes: size, needed });
    const json = await readAt(handle, file, 8, Number(length));
    return { file, handle, header: parseHeader(name, json, size) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** What people open by mistake: git's stand-in for a large file, a web page, a PyTorch checkpoint, which is a zip archive. */
function likeness(start: Uint8Array): string {
  const text = Buffer.from(start).toString("latin1");
  if (text.startsWith("version https://git-lfs")) return "; it is a Git LFS pointer: git lfs pull fetches the file itself";
  if (/^\s*<(!doctype|html)/i.test(text)) return "; it is a web page";
  const signature = signatureOf(start);
  return signature ? `; it looks like ${signature.name}` : "";
}

/** An open checkpoint. Close it with close(). */
export class Safetensors implements AsyncDisposable {
  /** The file, or the index of several. */
  readonly file: string;
  readonly metadata: Readonly<Record<string, string>>;
  #isClosed = false;
  readonly #shards: readonly Shard[];
  readonly #tensors: ReadonlyMap<string, { info: TensorInfo; shard: Shard }>;

  constructor(file: string, shards: readonly Shard[]) {
    this.file = file;
    this.metadata = Object.assign({}, ...shards.map(({ header }) => header.metadata));
    this.#shards = shards;
    this.#tensors = new Map(shards.flatMap((shard) => shard.header.tensors.map((info) => [info.name, { info, shard }] as const)));
  }

  /** Names of all tensors, in the order of their data, one file after the other. */
  get names(): string[] {
    return [...this.#tensors.keys()];
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /**
   * Type, shape and offset in its file.
   *
   * @throws {ArgumentError} There is no tensor of that name.
   */
  info(name: string): TensorInfo {
    return this.#find(name).info;
  }

  /** Path of the file that has the tensor: of a checkpoint in several files, one of them. */
  fileOf(name: string): string {
    return this.#find(name).shard.file;
  }

  #find(name: string): { info: TensorInfo; shard: Shard } {
    const found = this.#tensors.get(name);
    if (found) return found;
    checkText("name", name);
    const { names } = this;
    const near = names.filter((candidate) => candidate.endsWith(name) || name.endsWith(candidate));
    const meant = nearest(name, names);
    const listed = (near.length > 0 ? near : meant === undefined ? names : [meant]).slice(0, 5);
    const hint = names.length === 0 ? "the file has no tensors" : `it has ${names.length}, such as ${listed.join(", ")}`;
    throw new ArgumentError(`${path.basename(this.file)} has no tensor "${name}"`, { hint, facts: { file: this.file, tensor: name } });
  }

  /** @throws {DTypeError} A type that JavaScript has no array for, such as F4. */
  async read(name: string): Promise<CheckpointTensor> {
    const { dtype, shape } = this.info(name);
    if (!isCheckpointDType(dtype)) {
      throw new DTypeError(`tensor "${name}" of ${path.basename(this.file)} has the type ${dtype}, which cannot be read as numbers`, {
        hint: `readBytes("${name}") returns its bytes; types that can be read are ${checkpointDTypes.join(", ")}`,
        facts: { file: this.file, tensor: name, dtype },
      });
    }
    return { dtype, shape, data: asArray(dtype, await this.readBytes(name)) };
  }

  /** The tensor's numbers as float32, whatever their type: exact for 16 and 8 bits, rounded for 64. */
  async readFloat32(name: string): Promise<Float32Array> {
    const { dtype, data } = await this.read(name);
    return toFloat32(dtype, data);
  }

  /**
   * Some rows of a matrix as float32, one below the other, such as the embeddings of a few tokens.
   *
   * @param rows Indices along the first axis.
   */
  async readRows(name: string, rows: ArrayLike<number>): Promise<Float32Array> {
    const { dtype, shape, bytes } = this.info(name);
    if (shape.length !== 2 || !isCheckpointDType(dtype)) {
      throw new ArgumentError(`tensor "${name}" of type ${dtype} and shape (${shape.join(", ")}) is not a matrix of numbers`, {
        hint: "readBytes() returns what the file holds",
        facts: { file: this.file, tensor: name, shape },
      });
    }
    const [count, width] = shape as [number, number];
    checkIndices("rows", rows, count);
    const result = new Float32Array(rows.length * width);
    for (let index = 0; index < rows.length; index++) {
      const row = await this.#readPart(name, (bytes / count) * rows[index]!, bytes / count);
      result.set(toFloat32(dtype, asArray(dtype, row)), index * width);
    }
    return result;
  }

  /** The tensor's bytes as they are in the file, whatever its type. */
  async readBytes(name: string): Promise<Uint8Array> {
    return this.#readPart(name, 0, this.info(name).bytes);
  }

  async #readPart(name: string, start: number, bytes: number): Promise<Uint8Array> {
    const { info, shard } = this.#find(name);
    if (this.#isClosed) throw new ClosedError(`${path.basename(this.file)} is closed`, { hint: "read before close()" });
    return readAt(shard.handle, shard.file, info.offset + start, bytes);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all(this.#shards.map(({ handle }) => handle.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function readAt(handle: FileHandle, file: string, offset: number, bytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await handle.read(buffer, done, Math.min(bytes - done, 2 ** 30), offset + done).catch((cause: unknown) => {
      throw unreadable(file, cause); // a folder opens, and fails here
    }); // one read takes less than 2 GiB
    if (bytesRead === 0) throw corrupt(path.basename(file), `it ends at byte ${offset + done}, within a tensor`, { bytes: offset + done });
    done += bytesRead;
  }
  return buffer;
}
