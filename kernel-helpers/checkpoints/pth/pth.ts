/** PyTorch's old checkpoints: what torch.save wrote up to version 1.5, and writes still when it is asked to. Tensors are read, and nothing else. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { FormatError } from "../../errors.ts";
import { checkText, shown } from "../../runtime/check.ts";
import { unreadable } from "../../runtime/files.ts";
import { asArray, bytesPerElement, type CheckpointArray, type CheckpointDType } from "../dtypes.ts";
import type { CheckpointTensor } from "../safetensors.ts";
import { PickleError, readPickle, type Callable } from "./pickle.ts";

const magic = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;

const storageTypes: Readonly<Record<string, CheckpointDType>> = {
  FloatStorage: "F32",
  DoubleStorage: "F64",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

interface Storage {
  key: string;
  dtype: CheckpointDType;
}

/** A tensor before its numbers have been read: which part of a storage it is. */
class View {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor([storage, offset, shape, strides]: readonly unknown[]) {
    const isCounts = (list: unknown): list is number[] =>
      Array.isArray(list) && list.every((size) => Number.isSafeInteger(size) && size >= 0);
    if (!isStorage(storage) || !isCounts([offset]) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length)
      throw new PickleError("it has a tensor that is not described as tensors are");
    [this.storage, this.offset, this.shape, this.strides] = [storage, offset as number, shape, strides];
  }
}

const isStorage = (value: unknown): value is Storage => typeof value === "object" && value !== null && "key" in value && "dtype" in value;

const names: Readonly<Record<string, Callable>> = {
  "collections OrderedDict": () => new Map(),
  "torch._utils _rebuild_tensor_v2": (args) => new View(args),
  "torch._utils _rebuild_tensor": (args) => new View(args),
  "torch._utils _rebuild_parameter": ([data]) => data,
  ...Object.fromEntries(Object.entries(storageTypes).map(([name, dtype]): [string, Callable] => [`torch ${name}`, storageNamed(dtype)])),
};

/** A type of storage is never called: it stands in what the pickle has in place of a storage. */
function storageNamed(dtype: CheckpointDType): Callable {
  return Object.assign(
    () => {
      throw new PickleError("it makes a storage by itself");
    },
    { dtype },
  );
}

/**
 * All tensors of a .pth or .pt file, by name. The file is a pickle, which to Python is a program; what it names besides tensors is refused, so a file from
 * anywhere can be read.
 *
 * @throws {UnavailableError} There is no such file, or it cannot be read.
 * @throws {FormatError} It is cut short, holds something other than tensors by name, or is a checkpoint of today's torch.save, a zip archive. Facts: file.
 * @example
 * const weights = await readPth('efficientnet-lite0.pth')
 * weights['_fc.bias'].shape // [1000]
 */
export async function readPth(file: string): Promise<Record<string, CheckpointTensor>> {
  checkText("file", file, { allowEmpty: false });
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  try {
    return readTensors(bytes);
  } catch (cause) {
    if (!(cause instanceof PickleError)) throw cause;
    const isZip = bytes.subarray(0, 2).toString("latin1") === "PK";
    throw new FormatError(
      `${path.basename(file)} is not an old PyTorch checkpoint of tensors: ${isZip ? "it is a zip archive" : cause.message}`,
      {
        hint: isZip
          ? "in Python, save it with safetensors, or with _use_new_zipfile_serialization=False"
          : "is the file whole, and from somebody you trust?",
        cause,
        facts: { file },
      },
    );
  }
}

function readTensors(bytes: Buffer): Record<string, CheckpointTensor> {
  const plain = { names: {} };
  const first = readPickle(bytes, 0, plain);
  if (first.value !== magic) throw new PickleError("it does not begin as they do");
  const second = readPickle(bytes, first.end, plain);
  if (second.value !== protocol) throw new PickleError(`it is of the version ${shown(second.value)}`);
  const system = readPickle(bytes, second.end, plain);
  if (!(system.value instanceof Map) || system.value.get("little_endian") !== true) throw new PickleError("its numbers are big-endian");
  const storages = new Map<string, Storage & { elements: number; data?: CheckpointArray }>();
  const persistent = (id: unknown): Storage => {
    const [kind, type, key, , elements] = Array.isArray(id) ? (id as unknown[]) : [];
    const dtype = (type as { dtype?: CheckpointDType } | undefined)?.dtype;
    if (kind !== "storage" || !dtype || typeof key !== "string" || !Number.isSafeInteger(elements))
      throw new PickleError("it refers to something that is not a storage");
    const storage = storages.get(key) ?? { key, dtype, elements: elements as number };
    storages.set(key, storage);
    return storage;
  };
  const described = readPickle(bytes, system.end, { names, persistent });
  const keys = readPickle(bytes, described.end, plain);
  readStorages(bytes, keys, storages);

  if (!(described.value instanceof Map)) throw new PickleError("it is not a dictionary of tensors");
  const tensors: Record<string, CheckpointTensor> = {};
  for (const [name, view] of described.value) {
    if (typeof name !== "string" || !(view instanceof View)) throw new PickleError(`it holds ${shown(name)}, which is not a tensor`);
    tensors[name] = { dtype: view.storage.dtype, shape: view.shape, data: numbersOf(view, storages.get(view.storage.key)!.data!) };
  }
  return tensors;
}

/** Behind the pickles come the storages, each with its length. */
function readStorages(
  bytes: Buffer,
  { value: keys, end }: { value: unknown; end: number },
  storages: Map<string, Storage & { elements: number; data?: CheckpointArray }>,
): void {
  if (!Array.isArray(keys) || keys.length !== storages.size) throw new PickleError("its list of storages is not theirs");
  let at = end;
  for (const key of keys) {
    const storage = storages.get(key as string);
    if (!storage || at + 8 > bytes.length || bytes.readBigInt64LE(at) !== BigInt(storage.elements))
      throw new PickleError("its storages are not as long as it says");
    const length = storage.elements * bytesPerElement(storage.dtype);
    if (at + 8 + length > bytes.length) throw new PickleError("it is cut short");
    storage.data = asArray(storage.dtype, Uint8Array.from(bytes.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
}

/** The view's numbers in row-major order. */
function numbersOf({ offset, shape, strides }: View, data: CheckpointArray): CheckpointArray {
  const size = shape.reduce((product, each) => product * each, 1);
  const last = size === 0 ? offset - 1 : offset + shape.reduce((sum, each, axis) => sum + (each - 1) * strides[axis]!, 0);
  if (last >= data.length || size > data.length) throw new PickleError("it has a tensor that reaches beyond its storage");
  const contiguous = shape.every(
    (each, axis) => each === 1 || strides[axis] === shape.slice(axis + 1).reduce((product, after) => product * after, 1),
  );
  if (contiguous) return data.slice(offset, offset + size);
  const result = data.slice(0, size);
  const index = shape.map(() => 0);
  for (let place = 0, at = offset; place < size; place++) {
    result[place] = data[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
