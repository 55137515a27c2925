/** Writing a checkpoint as a folder of the hub has it: one file, or several with their index, as transformers' save_pretrained writes them. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { checkNumber, checkObject, checkOptions, checkText } from "../runtime/check.ts";
import { replaceFile } from "../runtime/files.ts";
import { bytesPerElement } from "./dtypes.ts";
import type { CheckpointTensor } from "./safetensors.ts";
import { indexName, shardName, wholeName } from "./shards.ts";
import { writeSafetensors } from "./write.ts";

export interface WriteCheckpointOptions {
  /** Bytes of tensors that a file has at most, unless one tensor alone has more; what takes less altogether is one file. @default 5e9 */
  maxShardSize?: number;
  /** Text → text, in the header of each file. @default { format: "pt" }, which transformers asks for */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes model.safetensors, or where that would be too large model-00001-of-00002.safetensors and so on with model.safetensors.index.json. Files of a
 * checkpoint that was there before are removed when all is written.
 *
 * @param folder Made where it is missing.
 * @param tensors Name → type, shape and data; they go into files in this order.
 * @throws {ArgumentError} What no reader accepts, as in writeSafetensors.
 */
export async function writeCheckpoint(
  folder: string,
  tensors: Readonly<Record<string, CheckpointTensor>>,
  options: WriteCheckpointOptions = {},
): Promise<void> {
  checkText("folder", folder, { allowEmpty: false, hint: "pass the path of a folder" });
  checkObject("tensors", tensors, { hint: "pass an object of name → { dtype, shape, data }" });
  checkOptions("options", options, ["maxShardSize", "metadata"]);
  const { maxShardSize = 5e9, metadata = { format: "pt" } } = options;
  checkNumber("maxShardSize", maxShardSize, { above: 0 });
  const shards = split(Object.entries(tensors), maxShardSize);
  const isWhole = shards.length <= 1;
  const names = isWhole ? [wholeName] : shards.map((_, index) => shardName(index + 1, shards.length));
  for (const [index, name] of names.entries()) {
    await writeSafetensors(path.join(folder, name), Object.fromEntries(shards[index] ?? []), metadata);
  }
  if (!isWhole) replaceFile(path.join(folder, indexName), formatIndex(tensors, shards, names));
  const written = new Set(isWhole ? names : [...names, indexName]);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const belongs = name === wholeName || name === indexName || /^model-\d{5}-of-\d{5}\.safetensors$/.test(name);
    if (belongs && !written.has(name)) rmSync(path.join(folder, name));
  }
}

type Entries = [name: string, tensor: CheckpointTensor][];

/** In order, as many in a file as fit; a tensor that does not fit into any file has one of its own, before the file that was being filled. */
function split(entries: Entries, most: number): Entries[] {
  const shards: Entries[] = [];
  let filling: Entries = [];
  let held = 0;
  for (const entry of entries) {
    const bytes = bytesOf(entry[1]);
    if (bytes > most) {
      shards.push([entry]);
      continue;
    }
    if (held + bytes > most) {
      shards.push(filling);
      [filling, held] = [[], 0];
    }
    filling.push(entry);
    held += bytes;
  }
  return filling.length > 0 ? [...shards, filling] : shards;
}

const elementsOf = ({ shape }: CheckpointTensor): number => shape.reduce((product, size) => product * size, 1);

/** What is not a tensor is refused when it is written. */
const bytesOf = (tensor: CheckpointTensor): number => (tensor?.shape ? elementsOf(tensor) * (bytesPerElement(tensor.dtype) ?? 0) : 0);

function formatIndex(tensors: Readonly<Record<string, CheckpointTensor>>, shards: readonly Entries[], names: readonly string[]): string {
  const all = Object.values(tensors);
  const sum = (numberOf: (tensor: CheckpointTensor) => number): number => all.reduce((total, tensor) => total + numberOf(tensor), 0);
  const places = shards.flatMap((shard, index) => shard.map(([name]): [string, string] => [name, names[index]!]));
  const content = {
    metadata: { total_parameters: sum(elementsOf), total_size: sum(bytesOf) },
    weight_map: Object.fromEntries(places.toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
