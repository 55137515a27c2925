/** A model as a GGUF file: its weights in the file's names, order and type, with the metadata, the tokenizer and the chat template of its base. */
import { openGguf, writeGguf, type GgufDType, type GgufInput } from "../../checkpoints/index.ts";
import { UnavailableError } from "../../errors.ts";
import type { Tensor } from "../../tensor/index.ts";
import { hubName } from "../decoder/hub-names.ts";
import { rotatedHeads, toInterleaved } from "../llama/rotary-order.ts";
import { tensorNames } from "../llama/tensor-names.ts";
import type { Base } from "./base.ts";
import { withExperts } from "./hub-folder.ts";

/** Types of matrices, with llama.cpp's number for files that have mostly them (general.file_type). */
const fileTypes = { f32: 0, f16: 1, q4_0: 2, q4_1: 3, q8_0: 7 } as const;
export type ExportDType = keyof typeof fileTypes;
export const exportDTypes: readonly ExportDType[] = Object.keys(fileTypes) as ExportDType[];

export async function writeModelGguf(file: string, base: Base, weights: Map<string, () => Tensor>, dtype: ExportDType): Promise<void> {
  if (!base.place.endsWith(".gguf")) {
    throw new UnavailableError(`${base.place} is not a GGUF file, and only such a file has the metadata that another one needs`, {
      hint: "write a folder with saveMerged, and convert it with llama.cpp's convert_hf_to_gguf.py",
    });
  }
  const { config } = base.weights;
  if (config.experts) throw withExperts(base.place);
  using source = openGguf(base.place);
  const matrices = dtype.toUpperCase() as GgufDType;
  const names = tensorNames(config, (name) => weights.has(hubName(name)));
  const tensors = names.map((name): [string, GgufInput] => {
    const { data, shape } = weights.get(hubName(name))!();
    const heads = rotatedHeads(name, config);
    const ordered = heads === undefined ? (data as Float32Array) : toInterleaved(data as Float32Array, heads, config.headSize);
    return [name, { dtype: shape.length === 1 ? "F32" : matrices, shape, data: ordered }];
  });
  await writeGguf(file, Object.fromEntries(tensors), {
    ...source.metadata,
    "general.file_type": { type: "uint32", value: fileTypes[dtype] },
  });
}
