/**
 * A shop where customers ask, in English or in Chinese, where things are, and clerks answer well or badly: a world whose true reward is known. A clerk may name the
 * wrong place, mumble, mix languages or forget to be kind; nobody who learns from preferences is told which of these count.
 */
import type { Random } from "../../../kernel-helpers/nn/index.ts";

type Pair = readonly [english: string, chinese: string];
type Language = 0 | 1;

const items: Pair[] = [["tea", "茶"], ["rice", "米"], ["books", "书"], ["lamps", "灯"], ["shoes", "鞋"], ["fruit", "水果"]]; // prettier-ignore
const places: Pair[] = [["upstairs", "楼上"], ["downstairs", "楼下"], ["outside", "外面"]]; // prettier-ignore
const kind: Pair[] = [["please", "请"], ["thanks", "谢谢"], ["welcome", "欢迎"], ["sorry", "抱歉"]]; // prettier-ignore
const mumbled: Pair[] = [["um", "嗯"], ["well", "那个"], ["maybe", "可能"]]; // prettier-ignore
const plain: Pair[] = [["the", "那"], ["are", "在"], ["go", "去"], ["look", "看"]]; // prettier-ignore
const questions: Pair[] = [["where are", "哪里 有"], ["find", "找"], ["want some", "想 买"], ["show me", "看看"]]; // prettier-ignore
const end = "<end>";

const words = [end, "?", "？", ...[items, places, kind, mumbled, plain].flat(2), ...questions.flat().flatMap((text) => text.split(" "))];
export const vocabulary: readonly string[] = [...new Set(words)];
const idOf = new Map(vocabulary.map((word, id) => [word, id]));
export const endId = idOf.get(end)!;
const encode = (texts: readonly string[]): number[] => texts.map((word) => idOf.get(word)!);
export const decode = (ids: readonly number[]): string => ids.map((id) => vocabulary[id]).join(" ");

export interface Question {
  item: number;
  language: Language;
  ids: readonly number[];
  /** Asked only when it is measured: every fourth combination of thing, way of asking and language. */
  isHeldOut: boolean;
}

export const asked: readonly Question[] = items.flatMap((names, item) =>
  questions.flatMap((texts, way) =>
    ([0, 1] as const).map((language): Question => {
      const ids = encode([...texts[language].split(" "), names[language], language === 0 ? "?" : "？"]);
      return { item, language, ids, isHeldOut: (item + way + language) % 4 === 0 };
    }),
  ),
);
const questionOf = new Map(asked.map((question) => [question.ids.join(), question]));
const placeOf = (item: number): number => (2 * item + 1) % 3;

/** What a clerk answers. */
export function answer({ item, language }: Question, random: Random): number[] {
  const said: string[] = [];
  const say = (list: readonly Pair[], index: number = random.integer(list.length)): void => {
    const spoken = random.next() < 0.12 ? ((1 - language) as Language) : language;
    said.push(list[index]![spoken]);
  };
  const perhaps = (list: readonly Pair[], rate: number): void => {
    while (random.next() < rate) say(list);
  };
  perhaps(mumbled, 0.35);
  perhaps(kind, 0.3);
  say(plain);
  say(places, random.next() < 0.55 ? placeOf(item) : random.integer(3));
  perhaps(plain, 0.25);
  perhaps(mumbled, 0.2);
  perhaps(kind, 0.3);
  return encode([...said.slice(0, 13), end]);
}

const roles = new Map<string, { role: string; index: number; language: Language }>();
for (const [role, list] of Object.entries({ item: items, place: places, kind, mumbled, plain })) {
  list.forEach((pair, index) => pair.forEach((word, language) => roles.set(word, { role, index, language: language as Language })));
}

/** How good an answer is: the right place, one kind word and not three, no mumbling, the customer's language, no more than eight words. At most 2.3. */
export function trueReward(prompt: readonly number[], ids: readonly number[]): number {
  const question = questionOf.get(prompt.join())!;
  const spoken = ids.filter((id) => id !== endId).map((id) => roles.get(vocabulary[id]!));
  const count = (role: string): number => spoken.filter((word) => word?.role === role).length;
  const named = spoken.filter((word) => word?.role === "place");
  const isRight = named.length > 0 && named.every((word) => word!.index === placeOf(question.item));
  const foreign = spoken.filter((word) => word && word.language !== question.language).length;
  const strange = spoken.filter((word) => word === undefined || word.role === "item").length;
  return (
    (isRight ? 1.5 : named.length > 0 ? -1 : -0.5) +
    0.8 * Math.min(1, count("kind")) -
    0.6 * Math.max(0, count("kind") - 2) -
    0.4 * count("mumbled") -
    0.5 * foreign -
    0.3 * strange -
    0.15 * Math.max(0, ids.length - 8)
  );
}
