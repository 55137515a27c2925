/** What encoders learn from: losses by hand, the negatives that are mined, batches by length. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  distillationLoss,
  Matrix,
  mineHardNegatives,
  multipleNegativesLoss,
  textBatches,
  TrainableEncoder,
} from "../../kernel-helpers/embeddings/index.ts";
import { normal, parameter, tensor, valueAndGrad, zeros, type Tensor } from "../../kernel-helpers/tensor/index.ts";

describe("multipleNegativesLoss", () => {
  test("is ln B where all candidates are alike", () => {
    const alike = tensor([[1, 2], [1, 2], [1, 2]]); // prettier-ignore
    expect(multipleNegativesLoss(alike, alike).item()).toBeCloseTo(Math.log(3), 5);
  });

  test("of two pairs with cosines 1 and 0 is ln(1 + e^−scale), whatever the vectors' lengths", () => {
    const loss = multipleNegativesLoss(tensor([[3, 0], [0, 0.5]]), tensor([[1, 0], [0, 7]]), { scale: 2 }); // prettier-ignore
    expect(loss.item()).toBeCloseTo(Math.log(1 + Math.exp(-2)), 5);
  });

  test("counts a hard negative as one more candidate of every anchor", () => {
    const pairs = tensor([[1, 0], [0, 1]]); // prettier-ignore
    const loss = multipleNegativesLoss(pairs, pairs, { scale: 1, negatives: tensor([[1, 0]]) });
    const [first, second] = [Math.log(2 * Math.E + 1) - 1, Math.log(Math.E + 2) - 1];
    expect(loss.item()).toBeCloseTo((first + second) / 2, 5);
  });

  test("refuses vectors that do not pair, and a scale that is not above 0", () => {
    const [two, three] = [normal([2, 4], { seed: 1 }), normal([3, 4], { seed: 2 })];
    expect(() => multipleNegativesLoss(two, three)).toThrow("anchors are (2, 4) and positives (3, 4)\n  hint: pass vectors, (B, D)");
    expect(() => multipleNegativesLoss(two, two, { negatives: normal([2, 5], { seed: 3 }) })).toThrow(
      "anchors are (2, 4) and negatives (2, 5)",
    );
    expect(() => multipleNegativesLoss(two, two, { scale: 0 })).toThrow("scale must be");
    expect(() => multipleNegativesLoss(two, two, { scales: 1 } as never)).toThrow('did you mean "scale"?');
  });
});

describe("distillationLoss", () => {
  test("is 0 for the teacher itself, 1 for a right angle, 2 for the opposite", () => {
    const teacher = tensor([[0, 2]]);
    expect(distillationLoss(tensor([[0, 5]]), teacher).item()).toBeCloseTo(0, 6);
    expect(distillationLoss(tensor([[3, 0]]), teacher).item()).toBeCloseTo(1, 6);
    expect(distillationLoss(tensor([[0, -1]]), teacher).item()).toBeCloseTo(2, 6);
  });

  test("of unit vectors is D / 2 times the mean square", () => {
    const unit = (seed: number): Tensor => {
      const x = normal([5, 8], { seed });
      return x.div(x.square().sum(-1, { keepDims: true }).sqrt());
    };
    const [student, teacher] = [unit(1), unit(2)];
    expect(distillationLoss(student, teacher, { measure: "mse" }).item() * 4).toBeCloseTo(distillationLoss(student, teacher).item(), 5);
  });

  test("has a finite gradient where a vector is 0", () => {
    const student = parameter(zeros([2, 3]));
    const [, gradients] = valueAndGrad(() => distillationLoss(student, normal([2, 3], { seed: 1 })))({ student });
    expect(Array.from(gradients.student.data, Number).every(Number.isFinite)).toBe(true);
  });

  test("refuses another measure", () => {
    expect(() => distillationLoss(zeros([1, 2]), zeros([1, 2]), { measure: "l1" as never })).toThrow(
      'measure must be one of "cosine", "mse"',
    );
  });
});

describe("mineHardNegatives", () => {
  const documents = new Matrix(4, 2, Float32Array.of(1, 0, 0.9, 0.1, 0.5, 0.5, 0, 1));
  const queries = new Matrix(2, 2, Float32Array.of(1, 0, 0, 1));

  test("takes the nearest documents that are no answers", () => {
    expect(mineHardNegatives(queries, documents, [[0], [3]])).toEqual([[1], [2]]);
    expect(mineHardNegatives(queries, documents, [[0, 1], [2]], { count: 2 })).toEqual([[2, 3], [3, 1]]); // prettier-ignore
  });

  test("leaves out what is as near as the answer, by the margin", () => {
    expect(mineHardNegatives(queries, documents, [[0], [2]], { count: 3, margin: 0.001 })).toEqual([[1, 2, 3], [1, 0]]); // prettier-ignore
    expect(mineHardNegatives(queries, documents, [[0], [3]], { margin: 0.2 })).toEqual([[2], [2]]);
  });

  test("refuses queries without an answer, and rows that do not exist", () => {
    expect(() => mineHardNegatives(queries, documents, [[0]])).toThrow("positives must be one list for each of the 2 queries, got 1");
    expect(() => mineHardNegatives(queries, documents, [[0], []])).toThrow("positives[1] is empty\n  hint: leave out queries");
    expect(() => mineHardNegatives(queries, documents, [[0], [4]])).toThrow("positives[1][0] must be ≥ 0 and < 4, got 4");
  });
});

describe("textBatches", () => {
  let encoder: TrainableEncoder;
  beforeAll(async () => {
    encoder = await TrainableEncoder.load("all-MiniLM-L6-v2");
  });
  const texts = ["one", "two", "three", "four", "five", "a text of more tokens than the others have", "six"];
  const targets = new Matrix(7, 1, Float32Array.from(texts.keys()));

  test("go through every text, each with its own target, and pad to few lengths", () => {
    const batches = textBatches(encoder, texts, targets, { tokens: 12, lengths: [4, 16] });
    expect(batches).toHaveLength(3);
    const seen = [...batches].flatMap((batch) => [...batch.targets.data].map(Number));
    expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...batches].map(({ ids }) => ids.shape.join(" × ")).toSorted()).toEqual(["1 × 16", "3 × 4", "3 × 4"]);
    for (const { ids, targets: rows } of batches) {
      const expected = encoder.tokenize(
        [...rows.data].map((row) => texts[Number(row)]!),
        { length: ids.shape[1]! },
      );
      expect(ids.data).toEqual(expected.ids.data);
    }
  });

  test("of a number are the same each time, and each epoch has its own order", () => {
    const [one, other] = [1, 1].map(() => textBatches(encoder, texts, targets, { tokens: 8, lengths: [4, 16], seed: 5 }));
    const rows = (batches: typeof one, from: number): number[] =>
      Array.from({ length: one!.length }, (_, index) => [...batches!.at(from + index).targets.data].map(Number)).flat();
    expect(rows(other, 4)).toEqual(rows(one, 4));
    expect(rows(one, 0)).not.toEqual(rows(one, one!.length));
  });

  test("refuse targets of another number, and lengths that do not ascend", () => {
    expect(() => textBatches(encoder, texts.slice(1), targets)).toThrow("there are 7 targets for 6 texts");
    expect(() => textBatches(encoder, texts, targets, { lengths: [8, 8] })).toThrow("lengths must ascend, but 8 comes after 8");
    expect(() => textBatches({} as never, texts, targets)).toThrow("encoder must be a TrainableEncoder");
  });
});
