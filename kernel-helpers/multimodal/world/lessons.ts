/** The world as lessons for a seeing model. */
import { checkArray, checkChoice, checkInteger, checkOptions } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";
import type { Lesson } from "../vlm/lessons.ts";
import { captionOf, type Combination } from "./combinations.ts";
import { drawCombination } from "./draw.ts";
import { questionsAbout } from "./questions.ts";

export interface WorldLessonsOptions {
  /** `captions`: each picture is described; `questions`: it is asked about, one question of each sort. */
  about: "captions" | "questions";
  /** How many pictures. */
  count: number;
  seed: number;
}

/** Pictures of combinations drawn at random, the same combination not twice before all have come. */
export function worldLessons(combinations: readonly Combination[], options: WorldLessonsOptions): Lesson[] {
  checkArray("combinations", combinations, (_name, item) => item, { allowEmpty: false });
  checkOptions("worldLessons", options, ["about", "count", "seed"]);
  const { about, count, seed } = options;
  checkChoice("about", about, ["captions", "questions"]);
  checkInteger("count", count, { min: 1 });
  const random = createRandom(checkInteger("seed", seed));
  const lessons: Lesson[] = [];
  while (lessons.length < count) {
    for (const combination of random.shuffle(combinations).slice(0, count - lessons.length)) {
      const turns =
        about === "captions" ? [{ question: "Describe the image.", answer: captionOf(combination, "en") }] : questionsAbout(combination, random);
      lessons.push({ image: drawCombination(combination, random.integer(2 ** 31)), turns });
    }
  }
  return lessons;
}
