/** Questions about pictures of the world, whose answers are one word. */
import type { Random } from "../../runtime/random.ts";
import { colours, counts, shapes, withArticle, type Combination, type WorldKind } from "./combinations.ts";

export interface WorldQuestion {
  /** What is asked for. "exists" is asked with as many kinds that are not there as are: a probe for hallucination, as POPE (Li et al. 2023, arXiv:2305.10355). */
  about: "colour" | "shape" | "count" | "exists" | "relation";
  question: string;
  answer: string;
}

/** One question of each sort that the picture allows; of those with yes or no two, one of each. */
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
    const { first, second, relation } = combination;
    for (const [a, b] of random.shuffle([
      [first, second],
      [second, first],
    ] as const))
      // prettier-ignore
      questions.push({ about: "relation", question: `Is the ${nameOf(a)} ${relation} the ${nameOf(b)}?`, answer: a === first ? "yes" : "no" });
  }
  return questions;
}

/** What the questions are made up of, each by itself: whether one word is there and what stands where, beside colour, shape and count. */
export function basicsAbout(combination: Combination, random: Random): { question: string; answer: string }[] {
  const present = combination.type === "count" ? [combination.kind] : [combination.first, combination.second];
  const turns: { question: string; answer: string }[] = questionsAbout(combination, random).filter(
    ({ about }) => about === "colour" || about === "shape" || about === "count",
  );
  const isThere = (thing: string, answer: string): number => turns.push({ question: `Is there ${withArticle(thing)}?`, answer });
  const asked = present[random.integer(present.length)]!;
  if (random.next() < 0.5) {
    isThere(asked.shape, "yes");
    isThere(otherThan(shapes, present.map(({ shape }) => shape), random), "no"); // prettier-ignore
  } else {
    isThere(`${asked.colour} shape`, "yes");
    isThere(`${otherThan(colours, present.map(({ colour }) => colour), random)} shape`, "no"); // prettier-ignore
  }
  if (combination.type === "relation") {
    const [start, end] = combination.relation === "above" ? ["at the top", "at the bottom"] : ["on the left", "on the right"];
    turns.push({ question: `What is ${start}?`, answer: nameOf(combination.first) });
    turns.push({ question: `What is ${end}?`, answer: nameOf(combination.second) });
  }
  return turns;
}

/** One kind that is there, and one that is not but has the colour or the shape of one that is. */
function existence(present: readonly WorldKind[], asked: WorldKind, random: Random): WorldQuestion[] {
  const absent: WorldKind =
    random.next() < 0.5
      ? { colour: asked.colour, shape: otherThan(shapes, present.map(({ shape }) => shape), random) }
      : { colour: otherThan(colours, present.map(({ colour }) => colour), random), shape: asked.shape }; // prettier-ignore
  return [asked, absent].map((kind, index) => ({
    about: "exists" as const,
    question: `Is there ${withArticle(nameOf(kind))}?`,
    answer: index === 0 ? "yes" : "no",
  }));
}

const nameOf = ({ colour, shape }: WorldKind): string => `${colour} ${shape}`;

function otherThan<T>(all: readonly T[], taken: readonly T[], random: Random): T {
  const left = all.filter((each) => !taken.includes(each));
  return left[random.integer(left.length)]!;
}
