/** Models in safetensors files, under the names that the hub and PyTorch know them by. */
import { openSafetensors, writeSafetensors, type CheckpointDType, type CheckpointTensor, type Safetensors } from "../checkpoints/index.ts";
import type { Module } from "../nn/index.ts";
import { checkObject, checkText } from "../runtime/check.ts";
import { tensor, type DType, type Tensor } from "../tensor/index.ts";
import { checkModel } from "./check-options.ts";

const storedDTypes: Record<DType, CheckpointDType> = { float32: "F32", float64: "F64", float16: "F16", int64: "I64", bool: "BOOL" };

/**
 * Writes what the model has learnt, completely or not at all. PyTorch opens it with safetensors.torch.load_file; a weight that is there under
 * several names is written once, under its first.
 *
 * @param metadata Kept in the file's header.
 * @throws {ArgumentError} It is not a model, or the path is not a string.
 * @example
 * await saveModel(model, "model.safetensors");
 */
export async function saveModel(model: Module, file: string, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  checkModel(model);
  checkObject("metadata", metadata, { hint: 'pass texts by name, such as { dataset: "tinystories" }' });
  await writeTensors(checkPath(file), model.parameters(), { format: "pt", ...metadata });
}

/**
 * Sets the model's parameters to those in a safetensors file, whatever their type there.
 *
 * @throws {ArgumentError} The file's names or shapes are not the model's; nothing is changed then.
 * @example
 * await loadModel(new GPT(options), "model.safetensors");
 */
export async function loadModel<M extends Module>(model: M, file: string): Promise<M> {
  checkModel(model);
  return model.load(await readTensors(checkPath(file)));
}

const checkPath = (file: string): string =>
  checkText("file", file, { allowEmpty: false, hint: 'pass a path, such as "model.safetensors"' });

export async function writeTensors(
  file: string,
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Record<string, string> = {},
): Promise<void> {
  const stored = Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, CheckpointTensor] => [
    name,
    { dtype: storedDTypes[dtype], shape, data },
  ]);
  await writeSafetensors(file, Object.fromEntries(stored), metadata);
}

export async function readTensors(file: string): Promise<Record<string, Tensor>> {
  const opened = await openSafetensors(file);
  try {
    const tensors: Record<string, Tensor> = {};
    for (const name of opened.names) tensors[name] = await readTensor(opened, name);
    return tensors;
  } finally {
    await opened.close();
  }
}

/** 64 bits as they are, the smaller types as float32. */
async function readTensor(file: Safetensors, name: string): Promise<Tensor> {
  const { dtype, shape } = file.info(name);
  if (dtype !== "F64" && dtype !== "I64") return tensor(await file.readFloat32(name), { shape });
  const { data } = await file.read(name);
  return tensor(data as Float64Array | BigInt64Array, { shape });
}
