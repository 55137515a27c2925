/** Pictures of the world and captions, batch after batch. */
import { checkArray, checkChoice, checkInstance, checkInteger, checkOptions } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";
import type { Batches } from "../../train/index.ts";
import { Clip, type ClipBatch } from "../clip/clip.ts";
import { captionOf, type Combination } from "./combinations.ts";
import { drawCombination } from "./draw.ts";

export interface WorldBatchesOptions {
  batchSize: number;
  /**
   * What shares a batch. `random`: anything. `near`: what has the same colours and shapes, and differs only in which belongs to which, in their order, relation or
   * number. Without such neighbours in the batch a bag of words finds its caption too, and nothing else is learnt (Yuksekgonul et al. 2023, arXiv:2210.01936).
   *
   * @default "near"
   */
  negatives?: "random" | "near";
  seed: number;
}

/** Combinations in random order, none twice in a batch, each as a new picture with a caption in English or Chinese. Batches are functions of their number. */
export function worldBatches(clip: Clip, combinations: readonly Combination[], options: WorldBatchesOptions): Batches<ClipBatch> {
  checkOptions("worldBatches", options, ["batchSize", "negatives", "seed"]);
  const { batchSize, negatives = "near", seed } = options;
  checkInstance("clip", clip, Clip);
  checkArray("combinations", combinations, (_name, item) => item, { allowEmpty: false });
  checkInteger("batchSize", batchSize, { min: 2, max: combinations.length });
  checkChoice("negatives", negatives, ["random", "near"]);
  checkInteger("seed", seed);
  const groups = negatives === "near" ? alike(combinations) : combinations.map((each) => [each]);
  const length = Math.floor(combinations.length / batchSize);
  let shuffled: { epoch: number; order: Combination[] } | undefined;
  const at = (index: number): ClipBatch => {
    const epoch = Math.floor(index / length);
    if (shuffled?.epoch !== epoch)
      shuffled = {
        epoch,
        order: createRandom(seed + epoch)
          .shuffle(groups)
          .flat(),
      };
    const start = (index % length) * batchSize;
    const chosen = shuffled.order.slice(start, start + batchSize);
    const random = createRandom(seed * 1_000_003 + index);
    return {
      pixels: clip.pixelsOf(chosen.map((combination) => drawCombination(combination, random.integer(2 ** 31)))),
      ids: clip.idsOf(chosen.map((combination) => captionOf(combination, random.next() < 0.5 ? "en" : "zh"))),
    };
  };
  return {
    length,
    unit: "pictures",
    at,
    count: ({ pixels }) => pixels.shape[0]!,
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield at(index);
    },
  };
}

/** Those that are the same to a bag of words, but for numbers and relations, together. */
function alike(combinations: readonly Combination[]): Combination[][] {
  const groups = new Map<string, Combination[]>();
  for (const each of combinations) {
    const kinds = each.type === "count" ? [each.kind] : [each.first, each.second];
    const key = [kinds.map(({ colour }) => colour).sort(), kinds.map(({ shape }) => shape).sort()].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}
