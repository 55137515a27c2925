import { describe, expect, test } from "vitest";
import { shop, type Completion } from "../../kernel-helpers/alignment/index.ts";
import { createRandom } from "../../kernel-helpers/nn/index.ts";

const idsOf = (text: string): number[] => text.split(" ").map((word) => shop.vocabulary.indexOf(word));
const [tea, cha] = ["tea , where ?", "茶 ， 哪里 ？"].map(idsOf) as [number[], number[]];
const worth = (prompt: readonly number[], text: string): number => shop.trueReward(prompt, [...idsOf(text), shop.endId]);

describe("the true reward", () => {
  test.each([
    ["look downstairs", 1.5],
    ["look upstairs", -1],
    ["look", -0.5],
    ["downstairs upstairs", -1],
    ["look downstairs thanks", 2.3],
    ["tea look downstairs thanks", 2.8],
    ["rice look downstairs thanks", 1.8],
    ["um look downstairs", 1.1],
    ["look 楼下", 1],
    ["look downstairs thanks thanks thanks thanks", 1.1],
    ["look downstairs where", 1],
    ["look look look look look look look look look downstairs", 1.2],
  ])('of "%s" is %d', (text, expected) => expect(worth(tea, text)).toBeCloseTo(expected, 10));

  test("asks for the customer's language", () => {
    expect(worth(cha, "看 楼下 谢谢")).toBeCloseTo(2.3, 10);
    expect(worth(cha, "look downstairs thanks")).toBeCloseTo(0.8, 10);
  });

  test("refuses what nobody asks", () => {
    expect(() => shop.trueReward([shop.endId], [shop.endId])).toThrow("prompt must be the ids of one of the shop's questions");
  });
});

test("questions are asked in both languages, and each part has all things", () => {
  for (const split of ["train", "validation", "test"] as const) {
    const own = shop.questions.filter((question) => question.split === split);
    expect(own.length).toBe({ train: 32, validation: 8, test: 8 }[split]);
    expect(new Set(own.map(({ item }) => item)).size).toBe(6);
    expect(own.filter(({ language }) => language === "zh").length).toBe(own.length / 2);
  }
});

test("clerks answer within the length, end, and are right more often than not", () => {
  const random = createRandom(1);
  const answers = Array.from({ length: 3000 }, (_, at) => {
    const question = shop.questions[at % shop.questions.length]!;
    return { question, ids: shop.answer(question, random) };
  });
  expect(answers.every(({ ids }) => ids.length <= shop.maxAnswerLength && ids.indexOf(shop.endId) === ids.length - 1)).toBe(true);
  const right = answers.filter(({ question, ids }) => shop.rewardParts(question.ids, ids).place === 1.5).length / 3000;
  expect(right).toBeCloseTo(0.6 + 0.4 / 3, 1);
});

describe("judges", () => {
  const [good, bad] = ["look downstairs thanks", "look upstairs"].map((text): Completion => {
    return { prompt: tea, ids: [...idsOf(text), shop.endId], isEnded: true };
  }) as [Completion, Completion];
  const pairs = shop.judge(Array.from({ length: 4000 }, () => [good, bad]).flat(), { hesitation: 3, seed: 2 });

  test("prefer the better answer as often as Bradley and Terry say, and note how probable that was", () => {
    const expected = 1 / (1 + Math.exp(-(2.3 + 1) / 3));
    const right = pairs.filter(({ chosen }) => chosen === good.ids);
    expect(right.length / 4000).toBeCloseTo(expected, 1);
    expect(right[0]!.probability).toBeCloseTo(expected, 10);
    expect(pairs.find(({ chosen }) => chosen === bad.ids)!.probability).toBeCloseTo(1 - expected, 10);
  });

  test("want two answers to one question", () => {
    expect(() => shop.judge([good, { ...bad, prompt: cha }])).toThrow("completions[1].prompt must be that of the completion before it");
  });
});
