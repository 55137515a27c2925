/** Rotary positions (Su et al. 2021, arXiv:2104.09864). */
import type { DecoderConfig } from "./config.ts";

/** Cosines and sines of every position's angles, position · base^(−2i / head size): (context length, head size / 2) each. */
export function rotaryTables({ contextLength, headSize, ropeBase }: DecoderConfig): { cosines: Float32Array; sines: Float32Array } {
  const pairs = headSize / 2;
  const frequencies = Float32Array.from({ length: pairs }, (_, pair) => ropeBase ** (-pair / pairs));
  const [cosines, sines] = [new Float32Array(contextLength * pairs), new Float32Array(contextLength * pairs)];
  for (let position = 0; position < contextLength; position++) {
    for (let pair = 0; pair < pairs; pair++) {
      const angle = Math.fround(position * frequencies[pair]!); // in float32, as transformers has it
      cosines[position * pairs + pair] = Math.cos(angle);
      sines[position * pairs + pair] = Math.sin(angle);
    }
  }
  return { cosines, sines };
}
