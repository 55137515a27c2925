/** Rotary positions (Su et al. 2021, arXiv:2104.09864), and how models that read longer texts than they were first trained on stretch them. */

export type RopeScaling =
  /** All angles grow more slowly (Chen et al. 2023, arXiv:2306.15595). */
  | { type: "linear"; factor: number }
  /** Only slow angles do, those of wavelengths that the first training hardly saw (Llama 3.1; Grattafiori et al. 2024, arXiv:2407.21783). */
  | { type: "llama3"; factor: number; lowFrequencyFactor: number; highFrequencyFactor: number; originalContextLength: number }
  /** Slow angles do, and attention is sharpened by scaling what is turned (YaRN; Peng et al. 2023, arXiv:2309.00071). */
  | { type: "yarn"; factor: number; originalContextLength: number; betaFast: number; betaSlow: number; attentionFactor: number }
  /** What each frequency is divided by, (headSize / 2): how GGUF files have Llama 3's stretching. */
  | { type: "listed"; divisors: Float32Array }
  /**
   * Divisors that were searched for, and what is turned is scaled (LongRoPE; Ding et al. 2024, arXiv:2402.13753). Models have them for short texts and for
   * longer ones; these are for texts up to the length of the first training, which is as far as such a model is read here.
   */
  | { type: "longrope"; divisors: Float32Array; originalContextLength: number; attentionFactor: number };

export interface Rope {
  headSize: number;
  base: number;
  scaling?: RopeScaling | undefined;
}

/** Radians that each pair of numbers turns by from one position to the next, (headSize / 2): base^(−2i / headSize), stretched. */
export function rotaryFrequencies({ headSize, base, scaling }: Rope): Float32Array {
  const pairs = headSize / 2;
  return Float32Array.from({ length: pairs }, (_, pair) => stretched(base ** (-pair / pairs), pair));

  function stretched(frequency: number, pair: number): number {
    switch (scaling?.type) {
      case "linear":
        return frequency / scaling.factor;
      case "llama3": {
        const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
        const turns = (originalContextLength * frequency) / (2 * Math.PI); // in a text of the first training
        return mixed(frequency, factor, clamp((turns - low) / (high - low)));
      }
      case "yarn": {
        const { factor, betaFast, betaSlow } = scaling;
        const first = Math.max(0, Math.floor(pairWithTurns(betaFast, scaling.originalContextLength)));
        const last = Math.min(headSize - 1, Math.ceil(pairWithTurns(betaSlow, scaling.originalContextLength)));
        return mixed(frequency, factor, 1 - clamp((pair - first) / Math.max(0.001, last - first)));
      }
      case "listed":
      case "longrope":
        return frequency / scaling.divisors[pair]!;
      default:
        return frequency;
    }
  }

  /** Which pair turns so many times in a text of that length: a fraction. */
  function pairWithTurns(turns: number, length: number): number {
    return (pairs * Math.log(length / (turns * 2 * Math.PI))) / Math.log(base);
  }
}

/** A share of the frequency as it is, the rest of it slower. */
const mixed = (frequency: number, factor: number, share: number): number => share * frequency + ((1 - share) * frequency) / factor;

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Cosines and sines of every position's angles: (positions, headSize / 2) each. */
export function rotaryTables(positions: number, rope: Rope): { cosines: Float32Array; sines: Float32Array } {
  const frequencies = rotaryFrequencies(rope);
  const pairs = frequencies.length;
  const scale = rope.scaling && "attentionFactor" in rope.scaling ? rope.scaling.attentionFactor : 1;
  const [cosines, sines] = [new Float32Array(positions * pairs), new Float32Array(positions * pairs)];
  for (let position = 0; position < positions; position++) {
    for (let pair = 0; pair < pairs; pair++) {
      const angle = Math.fround(position * frequencies[pair]!); // in float32, as transformers has it
      cosines[position * pairs + pair] = Math.cos(angle) * scale;
      sines[position * pairs + pair] = Math.sin(angle) * scale;
    }
  }
  return { cosines, sines };
}
