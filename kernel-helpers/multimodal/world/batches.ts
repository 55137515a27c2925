/** Pictures of the world and captions, batch after batch. */
import { checkArray, checkInteger } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";
import type { Batches } from "../../train/index.ts";
import type { Clip, ClipBatch } from "../clip/clip.ts";
import { captionOf, type Combination } from "./combinations.ts";
import { drawCombination } from "./draw.ts";

/** Combinations in random order, none twice in a batch, each as a new picture with a caption in English or Chinese. Batches are functions of their number. */
export function worldBatches(
  clip: Clip,
  combinations: readonly Combination[],
  { batchSize, seed }: { batchSize: number; seed: number },
): Batches<ClipBatch> {
  checkArray("combinations", combinations, (_name, item) => item, { allowEmpty: false });
  checkInteger("batchSize", batchSize, { min: 2, max: combinations.length });
  const length = Math.floor(combinations.length / batchSize);
  let shuffled: { epoch: number; order: Combination[] } | undefined;
  const at = (index: number): ClipBatch => {
    const epoch = Math.floor(index / length);
    if (shuffled?.epoch !== epoch) shuffled = { epoch, order: createRandom(seed + epoch).shuffle(combinations) };
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
