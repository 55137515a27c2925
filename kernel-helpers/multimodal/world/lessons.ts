/** The world as lessons for a seeing model. */
import { checkArray, checkChoice, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { createRandom, type Random } from "../../runtime/random.ts";
import type { Lesson } from "../vlm/lessons.ts";
import { captionOf, type Combination } from "./combinations.ts";
import { drawCombination } from "./draw.ts";
import { basicsAbout, questionsAbout } from "./questions.ts";

export interface WorldLessonsOptions {
  /** `captions`: each picture is described; `questions`: it is asked about, one question of each sort; `basics`: it is asked what those questions are made up of. */
  about: "captions" | "basics" | "questions";
  /** How many pictures. */
  count: number;
  /** Share of the pictures that show several of one kind. @default as among the combinations; of all that is one in sixteen, and "two" nearly always right */
  counted?: number;
  seed: number;
}

/** Pictures of combinations drawn at random, the same combination not twice before all have come. */
export function worldLessons(combinations: readonly Combination[], options: WorldLessonsOptions): Lesson[] {
  checkArray("combinations", combinations, (_name, item) => item, { allowEmpty: false });
  checkOptions("worldLessons", options, ["about", "count", "counted", "seed"]);
  const { about, count, counted, seed } = options;
  checkChoice("about", about, ["captions", "basics", "questions"]);
  checkInteger("count", count, { min: 1 });
  const random = createRandom(checkInteger("seed", seed));
  const few = counted === undefined ? 0 : Math.round(count * checkNumber("counted", counted, { min: 0, max: 1 }));
  const kinds =
    counted === undefined
      ? drawn(combinations, count, random)
      : [
          ...drawn(combinations.filter(({ type }) => type === "count"), few, random),
          ...drawn(combinations.filter(({ type }) => type === "relation"), count - few, random),
        ]; // prettier-ignore
  return random.shuffle(kinds).map((combination) => {
    const turns =
      about === "captions"
        ? [{ question: "Describe the image.", answer: captionOf(combination, "en") }]
        : (about === "basics" ? basicsAbout : questionsAbout)(combination, random);
    return { image: drawCombination(combination, random.integer(2 ** 31)), turns };
  });
}

function drawn(from: readonly Combination[], count: number, random: Random): Combination[] {
  const chosen: Combination[] = [];
  while (chosen.length < count && from.length > 0) chosen.push(...random.shuffle(from).slice(0, count - chosen.length));
  return chosen;
}
