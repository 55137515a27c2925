import { causalMask } from "../../nn/index.ts";
import { where, type Tensor } from "../../tensor/index.ts";

/**
 * Attention that stays within each text of a packed row and looks back only: segments (B, T), int64 → (B, 1, T, T), 0 where a key may be seen and -1e9
 * where not. Every token sees itself, so none is left without a key.
 */
export function packedBias(segments: Tensor): Tensor {
  const [B, T] = segments.shape as [number, number];
  const isSame = segments.reshape([B, 1, T, 1]).equal(segments.reshape([B, 1, 1, T]));
  return where(isSame.logicalAnd(causalMask(T)), 0, -1e9).to("float32");
}
