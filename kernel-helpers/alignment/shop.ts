/**
 * A shop where customers ask, in English or in Chinese, where things are, and clerks answer well or badly: a world small enough for two cores, whose true reward
 * is known, as with real preferences it never is. A clerk may name the wrong place, mumble, mix languages or forget to be kind.
 */
import { createRandom, type Random } from "../nn/index.ts";
import { argumentError, checkArray, checkInteger, checkNumber, checkObject, checkOptions } from "../runtime/check.ts";
import type { Completion, Preference } from "./policy.ts";

type Word = readonly [english: string, chinese: string];
const languages = ["en", "zh"] as const;

const items: Word[] = [["tea", "茶"], ["rice", "米"], ["books", "书"], ["lamps", "灯"], ["shoes", "鞋"], ["fruit", "水果"]]; // prettier-ignore
const places: Word[] = [["upstairs", "楼上"], ["downstairs", "楼下"], ["outside", "外面"]]; // prettier-ignore
const kind: Word[] = [["please", "请"], ["thanks", "谢谢"], ["welcome", "欢迎"], ["sorry", "抱歉"]]; // prettier-ignore
const mumbled: Word[] = [["um", "嗯"], ["well", "那个"], ["maybe", "可能"]]; // prettier-ignore
const plain: Word[] = [["the", "那"], ["are", "在"], ["go", "去"], ["look", "看"]]; // prettier-ignore
const ways: Word[] = [[", where ?", "， 哪里 ？"], [", any left ?", "， 还 有 ？"], [", i want some", "， 我 想 买"], [", show me", "， 看看"]]; // prettier-ignore
const end = "<end>";

const words = [end, ...[items, places, kind, mumbled, plain].flat(2), ...ways.flat().flatMap((text) => text.split(" "))];
const vocabulary: readonly string[] = [...new Set(words)];
const idOf = new Map(vocabulary.map((word, id) => [word, id]));
const endId = idOf.get(end)!;
const maxAnswerLength = 11;
const encode = (texts: readonly string[]): number[] => texts.map((word) => idOf.get(word)!);

interface Role {
  role: "item" | "place" | "kind" | "mumbled" | "plain";
  index: number;
  language: "en" | "zh";
}
const roles = new Map<number, Role>();
for (const [role, list] of Object.entries({ item: items, place: places, kind, mumbled, plain })) {
  list.forEach((word, index) =>
    word.forEach((text, at) => roles.set(idOf.get(text)!, { role: role as Role["role"], index, language: languages[at]! })),
  );
}

export interface ShopQuestion {
  /** Number of the thing that is asked for. */
  item: number;
  language: "en" | "zh";
  ids: readonly number[];
  /** Two thirds of the questions are learnt from; a sixth each is kept to choose by, and to be judged by. */
  split: "train" | "validation" | "test";
}

const questions: readonly ShopQuestion[] = items.flatMap((names, item) =>
  ways.flatMap((texts, way) =>
    languages.map((language, at): ShopQuestion => {
      const ids = encode([names[at]!, ...texts[at]!.split(" ")]);
      const split = (["test", "validation"] as const)[(item + way + 4 * at) % 6] ?? "train";
      return { item, language, ids, split };
    }),
  ),
);
const questionOf = new Map(questions.map((question) => [question.ids.join(), question]));
const placeOf = (item: number): number => (2 * item + 1) % places.length;

function answer({ item, language }: ShopQuestion, random: Random): number[] {
  const own = languages.indexOf(language);
  const said: string[] = [];
  const say = (list: readonly Word[], index: number = random.integer(list.length)): void => {
    said.push(list[index]![random.next() < 0.15 ? 1 - own : own]!);
  };
  const perhaps = (list: readonly Word[], rate: number): void => {
    while (random.next() < rate) say(list);
  };
  perhaps(mumbled, 0.3);
  perhaps(kind, 0.15);
  if (random.next() < 0.3) say(items, random.next() < 0.8 ? item : random.integer(items.length));
  say(plain);
  say(places, random.next() < 0.6 ? placeOf(item) : random.integer(places.length));
  perhaps(plain, 0.25);
  perhaps(mumbled, 0.25);
  perhaps(kind, 0.15);
  return encode([...said.slice(0, maxAnswerLength - 1), end]);
}

/** What the true reward consists of. */
export interface ShopRewardParts {
  /** 1.5 where all places named are the right one, −1 where one is wrong, −0.5 where none is named. */
  place: number;
  /** 0.8 for a kind word; −0.6 for the third and each further one. */
  kindness: number;
  /** 0.5 where the thing asked for is named, −0.5 for each other one. */
  item: number;
  /** −0.4 for each word of mumbling. */
  mumbling: number;
  /** −0.5 for each word of the other language, and for each of a question. */
  language: number;
  /** −0.15 for each word beyond eight. */
  length: number;
}

function rewardParts(prompt: readonly number[], ids: readonly number[]): ShopRewardParts {
  const question = questionOf.get(prompt.join());
  if (!question) throw argumentError("prompt", "the ids of one of the shop's questions", prompt, { hint: "pass shop.questions[0].ids" });
  const spoken = ids.filter((id) => id !== endId);
  const known = spoken.flatMap((id) => roles.get(id) ?? []);
  const of = (role: Role["role"]): Role[] => known.filter((word) => word.role === role);
  const named = of("place");
  const isRight = named.length > 0 && named.every(({ index }) => index === placeOf(question.item));
  const kindWords = of("kind").length;
  const things = of("item").map(({ index }) => index);
  const others = things.filter((index) => index !== question.item).length;
  const foreign = known.filter(({ language }) => language !== question.language).length + spoken.length - known.length;
  return {
    place: isRight ? 1.5 : named.length > 0 ? -1 : -0.5,
    kindness: (kindWords > 0 ? 0.8 : 0) - 0.6 * Math.max(0, kindWords - 2),
    item: (things.includes(question.item) ? 0.5 : 0) - 0.5 * others,
    mumbling: -0.4 * of("mumbled").length,
    language: -0.5 * foreign,
    length: -0.15 * Math.max(0, spoken.length - 8),
  };
}

const trueReward = (prompt: readonly number[], ids: readonly number[]): number =>
  Object.values(rewardParts(prompt, ids)).reduce((sum: number, part: number) => sum + part, 0);

export interface JudgedPair extends Preference {
  /** How probable it was that the judge would prefer this one: more than ½ where the judge was right. */
  probability: number;
}

export interface JudgeOptions {
  /** How little judges see: of answers whose true rewards differ by this much, they prefer the better one with a probability of 0.73. @default 1 */
  hesitation?: number;
  /** @default 0 */
  seed?: number;
}

function judge(completions: readonly Completion[], options: JudgeOptions = {}): JudgedPair[] {
  checkArray("completions", completions, (name, one) => checkObject(name, one));
  checkOptions("options", options, ["hesitation", "seed"]);
  const { hesitation = 1, seed = 0 } = options;
  checkNumber("hesitation", hesitation, { above: 0 });
  const random = createRandom(checkInteger("seed", seed));
  return Array.from({ length: Math.floor(completions.length / 2) }, (_, pair) => {
    const [a, b] = [completions[2 * pair]!, completions[2 * pair + 1]!];
    if (a.prompt.join() !== b.prompt.join()) {
      throw argumentError(`completions[${2 * pair + 1}].prompt`, "that of the completion before it", b.prompt, {
        hint: "pass completions two by two, each two to one prompt",
      });
    }
    const ahead = trueReward(a.prompt, a.ids) - trueReward(b.prompt, b.ids);
    const first = 1 / (1 + Math.exp(-ahead / hesitation));
    const isFirst = random.next() < first;
    const [chosen, rejected] = isFirst ? [a, b] : [b, a];
    return { prompt: a.prompt, chosen: chosen.ids, rejected: rejected.ids, probability: isFirst ? first : 1 - first };
  });
}

export interface Shop {
  /** Each word is a token. */
  readonly vocabulary: readonly string[];
  readonly endId: number;
  /** Tokens of an answer at most, its end included. */
  readonly maxAnswerLength: number;
  readonly questions: readonly ShopQuestion[];
  /** The words of ids. */
  text(ids: readonly number[]): string;
  /** What a clerk answers: ids, the end's included. */
  answer(question: ShopQuestion, random: Random): number[];
  rewardParts(prompt: readonly number[], ids: readonly number[]): ShopRewardParts;
  /** The sum of the parts, 2.8 at most. @throws {ArgumentError} The prompt is not one of the shop's questions. */
  trueReward(prompt: readonly number[], ids: readonly number[]): number;
  /** Preferences between each two completions that follow one another, by P(a ≻ b) = σ((r(a) − r(b)) / hesitation) of the true reward r (Bradley and Terry 1952). */
  judge(completions: readonly Completion[], options?: JudgeOptions): JudgedPair[];
}

/** The shop: its words, its questions, how clerks answer, what an answer is truly worth, and judges who see that imperfectly. */
export const shop: Shop = {
  vocabulary,
  endId,
  maxAnswerLength,
  questions,
  text: (ids) => ids.map((id) => vocabulary[id] ?? `<${id}>`).join(" "),
  answer,
  rewardParts,
  trueReward,
  judge,
};
