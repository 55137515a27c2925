/** Questions about pictures of the world, whose answers are one word. */
import type { Random } from "../../runtime/random.ts";
import { colours, counts, shapes, type Combination, type WorldKind } from "./combinations.ts";

export interface WorldQuestion {
  /** What is asked for. "exists" is asked with as many kinds that are not there as are: a probe for hallucination, as POPE (Li et al. 2023, arXiv:2305.10355). */
  about: "colour" | "shape" | "count" | "exists" | "relation";
  question: string;
  answer: string;
}

/** One question of each sort that the picture allows. */
export function questionsAbout(combination: Combination, random: Random): WorldQuestion[] {
  const present = combination.type === "count" ? [combination.kind] : [combination.first, combination.second];
  const asked = present[random.integer(present.length)]!;
  const others = combination.type === "relation" ? present.filter((kind) => kind !== asked) : [];
  const questions: WorldQuestion[] = [];
  if (others.every(({ shape }) => shape !== asked.shape))
    questions.push({ about: "colour", question: `What colour is the ${asked.shape}?`, answer: asked.colour });
  if (others.every(({ colour }) => colour !== asked.colour))
    questions.push({ about: "shape", question: `What shape is ${asked.colour}?`, answer: asked.shape });
  const count = combination.type === "count" ? combination.count : 2;
  questions.push({ about: "count", question: "How many shapes are there?", answer: counts[count - 1]! });
  questions.push(...existence(present, asked, random));
  if (combination.type === "relation") {
    const isRight = random.next() < 0.5;
    const [a, b] = isRight ? [combination.first, combination.second] : [combination.second, combination.first];
    questions.push({
      about: "relation",
      question: `Is the ${nameOf(a)} ${combination.relation} the ${nameOf(b)}?`,
      answer: isRight ? "yes" : "no",
    });
  }
  return questions;
}

/** One kind that is there, and one that is not but has the colour or the shape of one that is. */
function existence(present: readonly WorldKind[], asked: WorldKind, random: Random): WorldQuestion[] {
  const absent: WorldKind =
    random.next() < 0.5
      ? { colour: asked.colour, shape: otherThan(shapes, present.map(({ shape }) => shape), random) }
      : { colour: otherThan(colours, present.map(({ colour }) => colour), random), shape: asked.shape }; // prettier-ignore
  return [asked, absent].map((kind, index) => ({
    about: "exists" as const,
    question: `Is there ${/^[aeiou]/.test(kind.colour) ? "an" : "a"} ${nameOf(kind)}?`,
    answer: index === 0 ? "yes" : "no",
  }));
}

const nameOf = ({ colour, shape }: WorldKind): string => `${colour} ${shape}`;

function otherThan<T>(all: readonly T[], taken: readonly T[], random: Random): T {
  const left = all.filter((each) => !taken.includes(each));
  return left[random.integer(left.length)]!;
}
