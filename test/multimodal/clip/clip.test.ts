import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  captionOf,
  Clip,
  drawCombination,
  infoNceLoss,
  loadClip,
  questionsAbout,
  recallAt,
  saveClip,
  splitCombinations,
  trainClip,
  WordVocabulary,
  worldBatches,
  worldCombinations,
  worldLessons,
  type Combination,
} from "../../../kernel-helpers/multimodal/index.ts";
import { createRandom } from "../../../kernel-helpers/nn/index.ts";
import { tensor } from "../../../kernel-helpers/tensor/index.ts";

const all = worldCombinations();
const red: Combination = { type: "count", kind: { colour: "red", shape: "circle" }, count: 2 };
const crosses: Combination = { type: "count", kind: { colour: "orange", shape: "cross" }, count: 1 };
const above: Combination = {
  type: "relation",
  first: { colour: "orange", shape: "cross" },
  relation: "above",
  second: { colour: "blue", shape: "square" },
};

describe("the world", () => {
  test("has 120 counts and 1,740 relations, each with captions of its own", () => {
    expect(all.length).toBe(6 * 5 * 4 + 30 * 29 * 2);
    for (const language of ["en", "zh"] as const) expect(new Set(all.map((each) => captionOf(each, language))).size).toBe(all.length);
    expect([captionOf(red, "en"), captionOf(red, "zh")]).toEqual(["two red circles", "两个红色圆形"]);
    expect([captionOf({ ...crosses, count: 3 }, "en"), captionOf(crosses, "en")]).toEqual(["three orange crosses", "one orange cross"]);
    expect([captionOf(above, "en"), captionOf(above, "zh")]).toEqual(["an orange cross above a blue square", "橙色十字在蓝色方形的上面"]);
  });

  test("is split into parts that share nothing and lose nothing", () => {
    const { seen, unseen } = splitCombinations({ share: 0.2, seed: 3 });
    expect([seen.length, unseen.length]).toEqual([1488, 372]);
    expect(new Set([...seen, ...unseen].map((each) => captionOf(each, "en"))).size).toBe(1860);
  });

  test("is split so that what was seen does not tell what was put aside: no pair of kinds with one order only", () => {
    const { seen } = splitCombinations({ share: 0.2, seed: 3 });
    const captions = new Set(seen.map((each) => captionOf(each, "en")));
    const turned = seen.flatMap((each) => (each.type === "relation" ? [{ ...each, first: each.second, second: each.first }] : []));
    expect(turned.length).toBeGreaterThan(1000);
    expect(turned.every((each) => captions.has(captionOf(each, "en")))).toBe(true);
  });

  test("is drawn as it is told: two patches of red, and nothing else that is coloured", () => {
    const { data } = drawCombination(red, 5);
    const coloured = Array.from({ length: 48 * 48 }, (_, at) => [data[3 * at]!, data[3 * at + 1]!, data[3 * at + 2]!] as const).filter(
      ([r, g, b]) => Math.max(r, g, b) - Math.min(r, g, b) > 90,
    );
    expect(coloured.every(([r, g, b]) => r > 2 * g && r > 2 * b)).toBe(true);
    expect(coloured.length).toBeGreaterThan(2 * 60); // circles with a radius of 5 to 6.5
    expect(coloured.length).toBeLessThan(2 * 145);
    expect(drawCombination(red, 5).data).toEqual(data);
    expect(drawCombination(red, 6).data).not.toEqual(data);
  });

  test("is asked about in balance: what is there as often as what is not", () => {
    const random = createRandom(1);
    const questions = all.flatMap((each) => questionsAbout(each, random));
    for (const about of ["exists", "relation"] as const) {
      const asked = questions.filter((each) => each.about === about);
      expect(asked.filter(({ answer }) => answer === "yes").length / asked.length).toBe(0.5);
    }
    const related = questionsAbout(above, createRandom(2)).filter(({ about }) => about === "relation");
    expect(Object.fromEntries(related.map(({ question, answer }) => [question, answer]))).toEqual({
      "Is the orange cross above the blue square?": "yes",
      "Is the blue square above the orange cross?": "no",
    });
    // "What colour is the circle?" is asked where there is but one
    const twins: Combination = { type: "relation", first: { colour: "red", shape: "circle" }, relation: "above", second: { colour: "blue", shape: "circle" } }; // prettier-ignore
    expect(questionsAbout(twins, random).map(({ about }) => about)).not.toContain("colour");
  });
});

test("lessons are the world's pictures with captions or questions, as many counts among them as is asked for", () => {
  const asked = worldLessons(all, { about: "questions", count: 40, counted: 0.3, seed: 1 });
  expect(asked.filter(({ turns }) => !turns.some(({ question }) => /left of|above/.test(question))).length).toBe(12);
  expect(asked.map(({ turns }) => turns)).toEqual(worldLessons(all, { about: "questions", count: 40, counted: 0.3, seed: 1 }).map(({ turns }) => turns)); // prettier-ignore
  const basics = worldLessons([above], { about: "basics", count: 1, seed: 1 })[0]!.turns;
  expect(basics).toContainEqual({ question: "What is at the top?", answer: "orange cross" });
  expect(basics).toContainEqual({ question: "What is at the bottom?", answer: "blue square" });
  expect(basics.filter(({ question }) => question.startsWith("Is there ")).map(({ answer }) => answer)).toEqual(["yes", "no"]);
  const described = worldLessons([red, above], { about: "captions", count: 5, seed: 2 });
  expect(new Set(described.map(({ turns }) => turns[0]!.answer))).toEqual(
    new Set(["two red circles", "an orange cross above a blue square"]),
  );
  expect(() => worldLessons(all, { about: "captions", count: 1, counted: 2, seed: 1 })).toThrow("counted must be ≥ 0 and ≤ 1, got 2");
});

test("words are Latin words and single characters; what is unknown is [unknown]", () => {
  const vocabulary = WordVocabulary.of(["Two red circles", "两个红色"]);
  expect(vocabulary.size).toBe(2 + 3 + 4);
  const ids = [...vocabulary.encode(["two blue 红"], 4)].map((id) => vocabulary.words[Number(id)]);
  expect(ids).toEqual(["two", "[unknown]", "红", "[pad]"]);
  expect(() => vocabulary.encode(["a b c"], 2)).toThrow("texts[0] has 3 words, and 2 is the most");
});

test("the loss is ln B where nothing is known, and the temperature is never below 1/100", () => {
  const same = tensor(Array.from({ length: 8 }, () => [1, 0]));
  expect(infoNceLoss(same, same, tensor(2)).item()).toBeCloseTo(Math.log(8), 5);
  const [ours, other] = [tensor([[1, 0], [0, 1]]), tensor([[0, 1], [1, 0]])]; // prettier-ignore
  expect(infoNceLoss(ours, other, tensor(9)).item()).toBeCloseTo(100, 3);
});

test("recall counts ties against the model", () => {
  const [a, b] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
  expect(recallAt(1, [a, b], [a, b])).toBe(1);
  expect(recallAt(1, [a, a], [a, a])).toBe(0);
  expect(recallAt(2, [a, b], [b, a])).toBe(1);
});

describe("batches", () => {
  const vocabulary = WordVocabulary.of(all.flatMap((each) => [captionOf(each, "en"), captionOf(each, "zh")]));
  const clip = new Clip({ vocabulary, imageSize: 48, patchSize: 16, width: 8, layers: 1, heads: 2, dimensions: 4, seed: 1 });
  /** Per text of a batch, how many others have the same words but for the order. */
  const twins = (negatives: "near" | "random"): number => {
    const { ids } = worldBatches(clip, all, { batchSize: 64, negatives, seed: 1 }).at(0);
    const words = Array.from({ length: 64 }, (_, row) =>
      (ids.data as BigInt64Array)
        .slice(row * 16, row * 16 + 16)
        .sort()
        .join(),
    );
    return words.filter((each, row) => words.indexOf(each) !== row || words.lastIndexOf(each) !== row).length / 64;
  };

  test("hold near negatives side by side, unless they are drawn at random: captions of the same words in another order", () => {
    expect(twins("near")).toBeGreaterThan(0.4); // two languages: not every twin is said in the same one
    expect(twins("random")).toBeLessThan(0.1);
    const batches = worldBatches(clip, all.slice(0, 240), { batchSize: 60, seed: 1 });
    const seen = new Set(Array.from({ length: batches.length }, (_, at) => batches.at(at)).flatMap(({ ids }) => Array.from({ length: 60 }, (_, row) => (ids.data as BigInt64Array).slice(row * 16, row * 16 + 16).join()))); // prettier-ignore
    expect(seen.size).toBe(240); // all, none twice
    expect(() => worldBatches(clip, all, { batchSize: 64, negatives: "hard" as "near", seed: 1 })).toThrow(
      'negatives must be one of "random", "near", got "hard"',
    );
  });

  test("and towers are read again from the file that they were written to", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "cairn-clip-"));
    await saveClip(clip, path.join(folder, "clip.safetensors"));
    const again = await loadClip(path.join(folder, "clip.safetensors"));
    const picture = drawCombination(red, 1);
    expect(again.embedImages([picture])).toEqual(clip.embedImages([picture]));
    expect(again.embedTexts(["两个红色圆形"])).toEqual(clip.embedTexts(["两个红色圆形"]));
    for (const each of [again, clip]) each.close();
    rmSync(folder, { recursive: true });
  });
});

describe("two towers", () => {
  const vocabulary = WordVocabulary.of(all.flatMap((each) => [captionOf(each, "en"), captionOf(each, "zh")]));
  const clip = new Clip({ vocabulary, imageSize: 48, patchSize: 16, width: 32, layers: 1, heads: 2, dimensions: 16, seed: 1 });
  afterAll(() => clip.close());

  test("fill up texts without any effect on their vectors", () => {
    const short = new Clip({ vocabulary, imageSize: 48, patchSize: 16, width: 32, layers: 1, heads: 2, dimensions: 16, seed: 1 });
    const [alone] = clip.embedTexts(["two red circles"]);
    const [beside] = short.embedTexts(["two red circles", "an orange cross above a blue square"]);
    for (const [index, number] of alone!.entries()) expect(beside![index]).toBeCloseTo(number, 5);
    expect(Math.hypot(...alone!)).toBeCloseTo(1, 5);
    short.close();
  });

  test("learn some pictures by heart, and tell most of them apart by their captions, where chance is one in eight", async () => {
    const few = [0, 30, 60, 90, 200, 500, 900, 1500].map((index) => all[index]!);
    const batches = worldBatches(clip, few, { batchSize: 8, seed: 1 });
    expect(batches.at(3).pixels.data).toEqual(batches.at(3).pixels.data);
    await trainClip(clip, { batches, steps: 60, show: false });
    const pictures = few.map((each, index) => drawCombination(each, 900 + index));
    for (const language of ["en", "zh"] as const) {
      expect(recallAt(1, clip.embedImages(pictures), clip.embedTexts(few.map((each) => captionOf(each, language))))).toBeGreaterThanOrEqual(
        0.75,
      );
    }
  });
});
