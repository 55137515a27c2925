/** A decoder of one layer with random weights, as a GGUF file: quick, and as senseless as it is exact. */
import path from "node:path";
import { writeGguf, type GgufInput, type GgufMetadata } from "../../kernel-helpers/checkpoints/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";

const [width, hidden] = [32, 32];

/** A count as metadata has it. */
export const count = (value: number) => ({ type: "uint32", value }) as const;

export interface TinyModelOptions {
  vocabulary: number;
  seed?: number;
  /** How far the weights are from those of the seed alone. */
  noise?: number;
  contextLength?: number;
  /** Beside the shape: a tokenizer, a chat template. */
  metadata?: GgufMetadata;
}

/** Its tensors and its metadata, to be written as they are or with something changed. */
export function tinyModel({ vocabulary, seed = 1, noise = 0, contextLength = 512, metadata: more = {} }: TinyModelOptions): {
  tensors: Record<string, GgufInput>;
  metadata: GgufMetadata;
} {
  const [random, other] = [createRandom(seed), createRandom(seed + 1000)];
  const matrix = (rows: number, columns: number): GgufInput => ({
    dtype: "F32",
    shape: [rows, columns],
    data: Float32Array.from({ length: rows * columns }, () => random.normal() / 3 + noise * other.normal()),
  });
  const ones: GgufInput = { dtype: "F32", shape: [width], data: new Float32Array(width).fill(1) };
  const tensors: Record<string, GgufInput> = {
    "token_embd.weight": matrix(vocabulary, width),
    "output_norm.weight": ones,
    "blk.0.attn_norm.weight": ones,
    "blk.0.attn_q.weight": matrix(width, width),
    "blk.0.attn_k.weight": matrix(width / 2, width),
    "blk.0.attn_v.weight": matrix(width / 2, width),
    "blk.0.attn_output.weight": matrix(width, width),
    "blk.0.ffn_norm.weight": ones,
    "blk.0.ffn_gate.weight": matrix(hidden, width),
    "blk.0.ffn_up.weight": matrix(hidden, width),
    "blk.0.ffn_down.weight": matrix(width, hidden),
  };
  const metadata: GgufMetadata = {
    ...more,
    "general.architecture": { type: "string", value: "llama" },
    "llama.block_count": count(1),
    "llama.embedding_length": count(width),
    "llama.attention.head_count": count(2),
    "llama.attention.head_count_kv": count(1),
    "llama.context_length": count(contextLength),
    "llama.attention.layer_norm_rms_epsilon": { type: "float32", value: 1e-5 },
  };
  return { tensors, metadata };
}

/** Writes one, and returns its path. */
export async function writeTinyModel(folder: string, name: string, options: TinyModelOptions): Promise<string> {
  const { tensors, metadata } = tinyModel(options);
  const file = path.join(folder, `${name}.gguf`);
  await writeGguf(file, tensors, metadata);
  return file;
}
