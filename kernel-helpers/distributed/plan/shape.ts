/** What a transformer is to a plan: how many numbers, and how many multiplications for a token. */
import { checkInteger, checkObject, checkOptions } from "../../runtime/check.ts";

export interface ModelShape {
  layers: number;
  width: number;
  vocabulary: number;
  /** Parameters of one layer's attention. @default 4 · width² */
  attention?: number;
  /** Hidden numbers of a dense layer's feed-forward part, which has three matrices. @default 4 · width · 2/3 */
  hidden?: number;
  /** A mixture in the place of the feed-forward part. */
  experts?: {
    count: number;
    /** Experts that a token goes to. */
    perToken: number;
    /** Hidden numbers of one. */
    hidden: number;
    /** Experts that every token goes to as well. @default 0 */
    shared?: number;
    /** Layers at the beginning that have none. @default 0 */
    denseLayers?: number;
  };
}

/** DeepSeek-V3 — arXiv:2412.19437, section 4.2: 671 billion parameters, of which 37 billion work for a token. */
export const deepSeekV3: ModelShape = {
  layers: 61,
  width: 7168,
  vocabulary: 129_280,
  // Multi-head latent attention: 128 heads of 128 and 64 rotary numbers, queries compressed to 1536, keys and values to 512.
  attention: 7168 * 1536 + 1536 * 128 * (128 + 64) + 7168 * (512 + 64) + 512 * 128 * (128 + 128) + 128 * 128 * 7168,
  hidden: 18_432,
  experts: { count: 256, perToken: 8, hidden: 2048, shared: 1, denseLayers: 3 },
};

/** Numbers of a shape. */
export interface ShapeCounts {
  /** All parameters. */
  parameters: number;
  /** Those of routed experts. */
  ofExperts: number;
  /** Those that work for one token. */
  active: number;
  /** Layers with a mixture. */
  mixtureLayers: number;
}

export function countShape(shape: ModelShape): ShapeCounts {
  checkObject("model", shape, { hint: "pass { layers, width, vocabulary }, or deepSeekV3" });
  checkOptions("model", shape, ["layers", "width", "vocabulary", "attention", "hidden", "experts"]);
  const { layers, width, vocabulary, experts } = shape;
  for (const [name, size] of Object.entries({ layers, width, vocabulary })) checkInteger(`model.${name}`, size, { min: 1 });
  const { attention = 4 * width ** 2, hidden = Math.round((8 * width) / 3) } = shape;
  const common = layers * attention + 2 * vocabulary * width;
  if (experts === undefined) {
    const parameters = common + layers * 3 * width * hidden;
    return { parameters, ofExperts: 0, active: parameters - vocabulary * width, mixtureLayers: 0 };
  }
  checkOptions("model.experts", experts, ["count", "perToken", "hidden", "shared", "denseLayers"]);
  const { count, perToken, hidden: ofOne, shared = 0, denseLayers = 0 } = experts;
  for (const [name, size] of Object.entries({ count, perToken, hidden: ofOne })) checkInteger(`model.experts.${name}`, size, { min: 1 });
  checkInteger("model.experts.perToken", perToken, { max: count });
  const mixtureLayers = layers - checkInteger("model.experts.denseLayers", denseLayers, { min: 0, max: layers });
  const expert = 3 * width * ofOne;
  const always = common + denseLayers * 3 * width * hidden + mixtureLayers * (shared * expert + width * count);
  const ofExperts = mixtureLayers * count * expert;
  // Looking a token up is no multiplication: its row of the embedding does not count.
  return {
    parameters: always + ofExperts,
    ofExperts,
    active: always + mixtureLayers * perToken * expert - vocabulary * width,
    mixtureLayers,
  };
}
