/** Numbers to train on from checkpoints: GGUF files, whose quantised ones become float32, and folders laid out as on the hub. */
import { UnavailableError } from "../../errors.ts";
import { checkOptions } from "../../runtime/check.ts";
import { parameter, tensor, type Parameter, type QuantizedMatrix } from "../../tensor/index.ts";
import type { DecoderConfig } from "../decoder/config.ts";
import { join, packOf } from "../decoder/pack.ts";
import { openWeights, type DecoderWeights } from "../decoder/weights.ts";
import type { LlamaWeights } from "./llama.ts";
import { fromInterleaved, rotatedHeads } from "./rotary-order.ts";
import { expertOf, moduleName, tensorNames } from "./tensor-names.ts";

/**
 * @param place A .gguf file, or a folder with config.json and safetensors.
 * @throws {UnavailableError} There is no such file, or its architecture is not of the Llama family.
 * @throws {FormatError} The file is cut short or not a model.
 * @example
 * const model = new Llama(await readLlama('smollm2.gguf'))
 * model.forward(tensor([[504, 3575]], { dtype: 'int64' })).shape // [1, 2, 49152]
 */
export async function readLlama(place: string, options: ReadLlamaOptions = {}): Promise<LlamaWeights> {
  checkOptions("options", options, ["keepQuantized"]);
  await using weights = await openWeights(place);
  checkTrainable(weights.config, place);
  const parameters: Record<string, Parameter> = {};
  const quantized: Record<string, QuantizedMatrix> = {};
  const experts = new Map<string, { parts: Float32Array[]; shape: readonly number[] }>();
  for (const name of tensorNames(weights.config, (candidate) => weights.has(candidate))) {
    const isExpert = expertOf(name) !== undefined;
    const matrix = options.keepQuantized && name.startsWith("blk.") && !isExpert ? quantizedOf(weights, name) : undefined;
    const [own, shape] = [moduleName(name), weights.shape(name)];
    if (matrix) {
      quantized[own] = matrix;
      continue;
    }
    const data = inHubOrder(weights.config, name, await weights.float32(name));
    if (isExpert) experts.set(own, { parts: [...(experts.get(own)?.parts ?? []), data], shape });
    else parameters[own] = parameter(tensor(data, { shape }));
  }
  for (const [name, { parts, shape }] of experts)
    parameters[name] = parameter(tensor(join(parts, Float32Array), { shape: [parts.length, ...shape] }));
  return { config: weights.config, parameters, ...(options.keepQuantized && { quantized }) };
}

export interface ReadLlamaOptions {
  /** Whether matrices of the blocks stay in the 4 or 8 bits that a GGUF file has them in; others become float32, and those of experts do. @default false */
  keepQuantized?: boolean;
}

/** A matrix as the file holds it; undefined where it is not in blocks of integers. */
function quantizedOf(weights: DecoderWeights, name: string): QuantizedMatrix | undefined {
  const dtype = weights.dtype(name);
  const pack = dtype && packOf(dtype);
  if (!pack) return undefined;
  const [rows, columns] = weights.shape(name) as [number, number];
  const { bits, blockSize, data, scales, offsets } = pack(weights.blocks(name)!.data, rows * columns);
  return {
    rows,
    columns,
    bits,
    blockSize,
    data: inHubOrder(weights.config, name, data),
    scales: inHubOrder(weights.config, name, scales),
    ...(offsets && { offsets: inHubOrder(weights.config, name, offsets) }),
  };
}

function inHubOrder<Rows extends Float32Array | Uint8Array>(config: DecoderConfig, name: string, rows: Rows): Rows {
  const heads = rotatedHeads(name, config);
  return heads === undefined ? rows : fromInterleaved(rows, heads, config.headSize);
}

/** What the modules here compute: others of the architectures that can be run have parts that they lack. */
function checkTrainable(config: DecoderConfig, place: string): void {
  const { architecture, embeddingScale, attentionScale, sliding, ropeScaling } = config;
  const isPlain = embeddingScale === 1 && attentionScale === undefined && sliding === undefined && ropeScaling === undefined;
  if (["llama", "qwen2", "qwen3", "mixtral", "qwen2moe", "qwen3moe"].includes(architecture) && isPlain) return;
  const what = ropeScaling === undefined ? `of the architecture "${architecture}"` : "with scaled rotary positions";
  throw new UnavailableError(`${place} is a model ${what}, which cannot be trained yet`, {
    hint: "models that can be trained: Llama's family without scaled positions, such as SmolLM2 and Mixtral, and Qwen 2.5 and 3",
    facts: { file: place, architecture },
  });
}
