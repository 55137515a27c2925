/**
 * Rows of query and key projections, whose order goes with how rotary positions turn numbers: the hub's Llama turns number i of a head with number
 * i + D/2, and llama.cpp's files of that architecture have the two side by side, as 2i and 2i + 1.
 */
import type { DecoderConfig } from "../decoder/config.ts";

/** From a GGUF file's order to the hub's. @param data Rows of a matrix, or a bias: heads · headSize rows of equal length. */
export const fromInterleaved = <Rows extends Float32Array | Uint8Array>(data: Rows, heads: number, headSize: number): Rows =>
  reordered(data, heads, headSize, (half, row) => (row % half) * 2 + Math.floor(row / half));

/** From the hub's order to a GGUF file's. */
export const toInterleaved = (data: Float32Array, heads: number, headSize: number): Float32Array =>
  reordered(data, heads, headSize, (half, row) => (row % 2) * half + Math.floor(row / 2));

function reordered<Rows extends Float32Array | Uint8Array>(
  data: Rows,
  heads: number,
  headSize: number,
  source: (half: number, row: number) => number,
): Rows {
  const result = data.slice() as Rows;
  const width = data.length / (heads * headSize);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headSize; row++) {
      const from = (head * headSize + source(headSize / 2, row)) * width;
      result.set(data.subarray(from, from + width), (head * headSize + row) * width);
    }
  }
  return result;
}

/** How many heads the rows of a query or key projection make, where a file of this architecture has them in another order than the hub. */
export function rotatedHeads(name: string, config: DecoderConfig): number | undefined {
  if (!config.isRopeInterleaved) return undefined;
  if (/attn_q\.(weight|bias)$/.test(name)) return config.heads;
  return /attn_k\.(weight|bias)$/.test(name) ? config.numKeyValueHeads : undefined;
}
