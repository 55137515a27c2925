/** A model's tensors by their names in GGUF files and in its modules. */
import type { DecoderConfig } from "../decoder/config.ts";
import { hubName } from "../decoder/hub-names.ts";

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
    ...(config.experts ? expertParts(config.experts.count) : []),
  ];
  const blocks = Array.from({ length: config.layers }, (_, layer) => parts.map((part) => `blk.${layer}.${part}`)).flat();
  const all = ["token_embd", ...blocks, "output_norm", ...(config.isTied ? [] : ["output"])];
  return all.flatMap((name) => [`${name}.weight`, `${name}.bias`]).filter(has);
}

/** Of layers with experts: the router, what all tokens go through, and the experts one by one. */
const expertParts = (count: number): string[] => [
  "ffn_gate_inp",
  "ffn_gate_inp_shexp",
  "ffn_gate_shexp",
  "ffn_up_shexp",
  "ffn_down_shexp",
  ...["ffn_gate", "ffn_up", "ffn_down"].flatMap((part) => Array.from({ length: count }, (_, expert) => `${part}.${expert}`)),
];

/** Which expert a tensor belongs to, by its name in a GGUF file. */
export function expertOf(name: string): number | undefined {
  const expert = /\.ffn_\w+\.(\d+)\.weight$/.exec(name)?.[1];
  return expert === undefined ? undefined : Number(expert);
}

/** What the modules call it: all experts of a layer are one parameter. */
export const moduleName = (name: string): string => hubName(name).replace(/\.experts\.\d+\.(\w+)\.weight$/, ".experts.$1");
