/** A network's numbers and its tokenizer, as a folder of the hub has them. */
import path from "node:path";
import { writeSafetensors, type CheckpointTensor } from "../checkpoints/index.ts";
import { checkText } from "../runtime/check.ts";
import type { Tensor } from "../tensor/index.ts";
import type { EncoderTokenizer } from "./tokenizers/encoder-tokenizer.ts";

/** @param parameters By the names that the file gives them. */
export async function saveNetwork(
  folder: string,
  parameters: readonly (readonly [name: string, value: Tensor])[],
  tokenizer: EncoderTokenizer,
): Promise<void> {
  checkText("folder", folder, { allowEmpty: false });
  const tensors = parameters.map(([name, { shape, data }]): [string, CheckpointTensor] => [name, { dtype: "F32", shape, data }]);
  await writeSafetensors(path.join(folder, "model.safetensors"), Object.fromEntries(tensors), { format: "pt" });
  await tokenizer.save(folder);
}
