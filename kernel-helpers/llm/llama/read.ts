/** Numbers to train on from checkpoints: GGUF files, whose quantised ones become float32, and folders as the hub has them. */
import { parameter, tensor, type Parameter } from "../../tensor/index.ts";
import type { DecoderConfig } from "../decoder/config.ts";
import { hubName } from "../decoder/hub-names.ts";
import { openWeights, type DecoderWeights } from "../decoder/weights.ts";
import type { LlamaWeights } from "./llama.ts";
import { fromInterleaved } from "./rotary-order.ts";

/**
 * @param place A .gguf file, or a folder with config.json and safetensors.
 * @throws {UnavailableError} There is no such file, or its architecture is not of the Llama family.
 * @throws {FormatError} The file is cut short or not a model.
 * @example
 * const model = new Llama(await readLlama('smollm2.gguf'))
 * model.forward(tensor([[504, 3575]], { dtype: 'int64' })).shape // [1, 2, 49152]
 */
export async function readLlama(place: string): Promise<LlamaWeights> {
  await using weights = await openWeights(place);
  const parameters: Record<string, Parameter> = {};
  for (const name of tensorNames(weights.config, (name) => weights.has(name))) {
    const data = inHubOrder(weights, name, await weights.float32(name));
    parameters[hubName(name)] = parameter(tensor(data, { shape: weights.shape(name) }));
  }
  return { config: weights.config, parameters };
}

/** The model's tensors by their names in GGUF files; biases, head norms and a head of its own where the checkpoint has them. */
export function tensorNames(config: DecoderConfig, has: (name: string) => boolean): string[] {
  const parts = [
    "attn_norm",
    "attn_q",
    "attn_k",
    "attn_v",
    "attn_q_norm",
    "attn_k_norm",
    "attn_output",
    "ffn_norm",
    "ffn_gate",
    "ffn_up",
    "ffn_down",
  ];
  const blocks = Array.from({ length: config.layers }, (_, layer) => parts.map((part) => `blk.${layer}.${part}`)).flat();
  const all = ["token_embd", ...blocks, "output_norm", ...(config.isTied ? [] : ["output"])];
  return all.flatMap((name) => [`${name}.weight`, `${name}.bias`]).filter(has);
}

function inHubOrder({ config }: DecoderWeights, name: string, data: Float32Array): Float32Array {
  const heads = rotatedHeads(name, config);
  return heads === undefined ? data : fromInterleaved(data, heads, config.headSize);
}

/** How many heads the rows of a query or key projection make, where a file of this architecture has them in another order than the hub. */
export function rotatedHeads(name: string, config: DecoderConfig): number | undefined {
  if (!config.isRopeInterleaved) return undefined;
  if (/attn_q\.(weight|bias)$/.test(name)) return config.heads;
  return /attn_k\.(weight|bias)$/.test(name) ? config.numKeyValueHeads : undefined;
}
