import { Clip, type ClipOptions } from "../clip/clip.ts";
import { WordVocabulary } from "../clip/words.ts";
import { captionOf, worldCombinations } from "./combinations.ts";
import { worldPlace, worldSide } from "./draw.ts";

/** An untrained CLIP pair that reads the world's captions in both languages, and sees a token for each of its nine places. */
export function worldClip(options: Pick<ClipOptions, "seed"> & Partial<Omit<ClipOptions, "vocabulary" | "imageSize">>): Clip {
  const vocabulary = WordVocabulary.of(worldCombinations().flatMap((each) => [captionOf(each, "en"), captionOf(each, "zh")]));
  return new Clip({ vocabulary, imageSize: worldSide, patchSize: worldPlace, ...options });
}
