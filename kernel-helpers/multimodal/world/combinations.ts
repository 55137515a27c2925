/** A world of coloured shapes in which everything that can be said is known: what models of images and text learn in minutes, and are measured in without doubt. */
import { argumentError, checkChoice, checkInteger, checkNumber } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";

export const colours = ["red", "green", "blue", "yellow", "purple", "orange"] as const;
export const shapes = ["circle", "square", "triangle", "diamond", "cross"] as const;
export const relations = ["left of", "above"] as const;

export type WorldColour = (typeof colours)[number];
export type WorldShape = (typeof shapes)[number];
export type WorldRelation = (typeof relations)[number];

export interface WorldKind {
  colour: WorldColour;
  shape: WorldShape;
}

/** What a picture shows: several of one kind, or two kinds and how they stand to each other. */
export type Combination =
  | { type: "count"; kind: WorldKind; count: number }
  | { type: "relation"; first: WorldKind; relation: WorldRelation; second: WorldKind };

export type WorldLanguage = "en" | "zh";

const chinese: Record<WorldColour | WorldShape, string> = {
  red: "红色",
  green: "绿色",
  blue: "蓝色",
  yellow: "黄色",
  purple: "紫色",
  orange: "橙色",
  circle: "圆形",
  square: "方形",
  triangle: "三角形",
  diamond: "菱形",
  cross: "十字",
};
export const counts = ["one", "two", "three", "four"] as const;
const chineseCounts = ["一", "两", "三", "四"];

/** Everything that a picture of the world can show: 120 counts and 1,740 relations. */
export function worldCombinations(): Combination[] {
  const kinds = colours.flatMap((colour) => shapes.map((shape): WorldKind => ({ colour, shape })));
  const counted = kinds.flatMap((kind) => counts.map((_, index): Combination => ({ type: "count", kind, count: index + 1 })));
  const related = kinds.flatMap((first) =>
    kinds
      .filter((second) => second !== first)
      .flatMap((second) => relations.map((relation): Combination => ({ type: "relation", first, relation, second }))),
  );
  return [...counted, ...related];
}

/**
 * Some combinations are put aside: every colour, shape, count and relation is seen, but not these together. What stands left of what is put aside together with the
 * same two the other way round: had training seen only the one, it would know that the other is never right, and not need to look.
 */
export function splitCombinations({ share, seed }: { share: number; seed: number }): { seen: Combination[]; unseen: Combination[] } {
  checkNumber("share", share, { above: 0, below: 1 });
  const all = worldCombinations();
  const groups = new Map<string, Combination[]>();
  for (const each of all) {
    const name = withoutOrder(each);
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  const apart = Math.round(all.length * share);
  const split = { seen: [] as Combination[], unseen: [] as Combination[] };
  for (const group of createRandom(checkInteger("seed", seed)).shuffle([...groups.values()]))
    split[split.unseen.length + group.length <= apart ? "unseen" : "seen"].push(...group);
  return split;
}

/** The same for two combinations that differ only in which of two kinds comes first. */
function withoutOrder(combination: Combination): string {
  const name = ({ colour, shape }: WorldKind): string => `${colour} ${shape}`;
  if (combination.type === "count") return `${combination.count} ${name(combination.kind)}`;
  return `${[name(combination.first), name(combination.second)].sort().join()} ${combination.relation}`;
}

/** What one would say of the picture: "two red circles", "红色圆形在蓝色方形的左边". */
export function captionOf(combination: Combination, language: WorldLanguage): string {
  checkChoice("language", language, ["en", "zh"]);
  if (language === "en") {
    const name = ({ colour, shape }: WorldKind): string => `${colour} ${shape}`;
    if (combination.type === "relation")
      return `${withArticle(name(combination.first))} ${combination.relation} ${withArticle(name(combination.second))}`;
    const { kind, count } = combination;
    return `${counts[checkCount(count) - 1]} ${name(kind)}${count === 1 ? "" : kind.shape === "cross" ? "es" : "s"}`;
  }
  const name = ({ colour, shape }: WorldKind): string => chinese[colour] + chinese[shape];
  if (combination.type === "count") return `${chineseCounts[checkCount(combination.count) - 1]}个${name(combination.kind)}`;
  return `${name(combination.first)}在${name(combination.second)}的${combination.relation === "above" ? "上面" : "左边"}`;
}

function checkCount(count: number): number {
  if (counts[count - 1] !== undefined) return count;
  throw argumentError("combination.count", "1 to 4", count);
}

/** "a cross", "an orange cross". */
export const withArticle = (name: string): string => `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
