/** The network as a module: equal to the graph that is fast, with gradients that are right, and saved so that it opens again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bert, SentenceEncoder, TrainableEncoder, type EncoderConfig } from "../../kernel-helpers/embeddings/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { jit, ones, tensor, valueAndGrad, zeros, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const texts = [
  "AI engineer",
  "machine learning expert",
  "",
  "a longer text, so that the rows before it are padded by some tokens",
  "机器学习",
];
const folder = mkdtempSync(path.join(tmpdir(), "cairn-encoder-"));
const tiny: EncoderConfig = {
  architecture: "bert",
  layers: 2,
  heads: 2,
  width: 8,
  hidden: 16,
  vocabSize: 30,
  positions: 12,
  firstPosition: 0,
  segments: 2,
  layerNormEpsilon: 1e-12,
  maxTokens: 10,
  pooling: "mean",
  normalize: true,
  prompts: {},
};
const largest = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Math.max(...Array.from(one, (value, index) => Math.abs(value - other[index]!)));

describe("TrainableEncoder", () => {
  let student: TrainableEncoder;
  beforeAll(async () => {
    student = await TrainableEncoder.load("all-MiniLM-L6-v2");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("its network gives the vectors of the encoder, within 1e-5, also compiled", async () => {
    using encoder = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu" });
    const expected = await encoder.encode(texts);
    const { ids, mask } = student.tokenize(texts);
    expect(largest(student.network.forward(ids, mask).data as Float32Array, expected.data)).toBeLessThan(1e-5);
    const compiled = jit((tokens: Tensor, isToken: Tensor) => student.network.forward(tokens, isToken));
    expect(largest(compiled(ids, mask).data as Float32Array, expected.data)).toBeLessThan(1e-5);
    compiled.close();
  });

  test("its parameters are called as in the checkpoint", () => {
    const names = Object.keys(student.network.parameters());
    expect(names).toHaveLength(5 + 6 * 16);
    expect(names).toContain("encoder.layer.5.attention.self.query.weight");
    expect(names).toContain("embeddings.LayerNorm.bias");
    expect(student.network.parameterCount()).toBe(22_713_216 - 384 * 385); // without the pooler, which sentence-transformers does not use
  });

  test("texts are padded to the longest, or to a length that cuts longer ones", () => {
    expect(student.tokenize(["AI", "AI engineer"]).mask.toArray()).toEqual([
      [1, 1, 1, 0],
      [1, 1, 1, 1],
    ]);
    expect(student.tokenize(["one two three four"], { length: 4 }).ids.toArray()).toEqual([[101, 2028, 2048, 102]]);
    expect(student.tokenize(["one"], { length: 5 }).ids.toArray()).toEqual([[101, 2028, 102, 0, 0]]);
  });

  test("with more tokens it reads what was [UNK], and is otherwise as it was", async () => {
    const grown = student.withTokens(["师", "工"], ones([2, 384]));
    expect(student.tokenizer.tokens("师工")).toEqual(["[UNK]", "[UNK]"]);
    expect(grown.tokenizer.encode("师工")).toEqual([101, 30_522, 30_523, 102]);
    expect(grown.config.vocabSize).toBe(30_524);
    const { ids, mask } = student.tokenize(["AI engineer"]);
    expect(largest(grown.network.forward(ids, mask).data as Float32Array, student.network.forward(ids, mask).data as Float32Array)).toBe(0);
    expect(() => student.withTokens(["the"], ones([1, 384]))).toThrow(
      'the vocabulary has the token "the" already\n  hint: add each token once',
    );
    expect(() => student.withTokens(["师"], ones([2, 384]))).toThrow(
      "vectors must be of (1, 384), got (2, 384)\n  hint: pass a row for each token",
    );
  });

  test("what was trained is in the compiled encoder, and in the folder that is saved", async () => {
    const tuned = student.withTokens(["师"], zeros([1, 384]));
    const bias = tuned.network.embeddings.LayerNorm.bias;
    bias.assign(bias.add(0.5));
    using compiled = await tuned.compile({ device: "cpu" });
    const { ids, mask } = tuned.tokenize([...texts, "师"]);
    const expected = tuned.network.forward(ids, mask).data as Float32Array;
    expect(largest((await compiled.encode([...texts, "师"])).data, expected)).toBeLessThan(1e-5);
    await tuned.save(path.join(folder, "tuned"));
    using opened = await SentenceEncoder.load(path.join(folder, "tuned"), { device: "cpu" });
    expect([opened.maxTokens, opened.dimension]).toEqual([256, 384]);
    expect(largest((await opened.encode([...texts, "师"])).data, expected)).toBeLessThan(1e-5);
    const again = await TrainableEncoder.load(path.join(folder, "tuned"));
    expect(again.config).toEqual(tuned.config);
    expect(again.tokenizer.encode("师")).toEqual([101, 30_522, 102]);
  });
});

describe("Bert", () => {
  const ids = tensor(
    [
      [1, 5, 9, 2],
      [1, 7, 2, 0],
    ],
    { dtype: "int64" },
  );
  const mask = tensor([
    [1, 1, 1, 1],
    [1, 1, 1, 0],
  ]);

  test.each([
    [{ pooling: "mean", normalize: true }],
    [{ pooling: "cls", normalize: false }],
    [{ pooling: "mean", normalize: false }],
  ] as const)("the gradient of %j is that of finite differences", (changed) => {
    const network = new Bert({ ...tiny, ...changed }, { seed: 1 });
    const direction = tensor(
      Array.from({ length: 16 }, (_, index) => Math.sin(index)),
      { shape: [2, 8] },
    );
    const loss = (): Tensor => network.forward(ids, mask).mul(direction).sum();
    const parameters = network.parameters();
    const [, gradients] = valueAndGrad(loss)(parameters);
    for (const name of [
      "encoder.layer.0.attention.self.query.weight",
      "embeddings.word_embeddings.weight",
      "encoder.layer.1.output.dense.bias",
    ]) {
      const parameter = parameters[name]!;
      const gradient = (gradients as Record<string, Tensor>)[name]!.data as Float32Array;
      const before = parameter.data as Float32Array;
      const at = gradient.reduce((best, value, index) => (Math.abs(value) > Math.abs(gradient[best]!) ? index : best), 0);
      const moved = [-1, 1].map((sign) => {
        const numbers = before.slice();
        numbers[at]! += sign * 0.01;
        parameter.assign(tensor(numbers, { shape: parameter.shape }));
        return loss().item();
      });
      parameter.assign(tensor(before, { shape: parameter.shape }));
      expect(gradient[at]! / ((moved[1]! - moved[0]!) / 0.02), name).toBeCloseTo(1, 1);
    }
  });

  test("padding changes nothing", () => {
    const network = new Bert(tiny, { seed: 2 });
    const alone = network.forward(tensor([[1, 7, 2]], { dtype: "int64" }), ones([1, 3])).data as Float32Array;
    expect(largest((network.forward(ids, mask).data as Float32Array).subarray(8), alone)).toBeLessThan(1e-6);
  });

  test("learns to tell two texts apart", () => {
    const network = new Bert({ ...tiny, positions: 4, maxTokens: 4 }, { seed: 3 });
    const optimizer = new AdamW(network.parameters(), { learningRate: 0.01 });
    const step = jit(() => {
      const [loss, gradients] = valueAndGrad(() => {
        const vectors = network.forward(ids, mask);
        return vectors.slice(0).mul(vectors.slice(1)).sum();
      })(network.parameters());
      optimizer.step(gradients);
      return loss;
    });
    const first = step().item();
    for (let index = 0; index < 30; index++) step();
    expect(first).toBeGreaterThan(-0.5);
    expect(step().item()).toBeLessThan(-0.9);
  });

  test("refuses ids and masks that do not fit, and too many tokens", () => {
    const network = new Bert(tiny);
    expect(() => network.forward(ids, ones([2, 3]))).toThrow(
      "an encoder takes ids and a mask of (batch, tokens), got (2, 4) and (2, 3)\n  hint: a row for each text: encoder.tokenize(texts) makes both",
    );
    expect(() => network.forward(zeros([1, 11], { dtype: "int64" }), ones([1, 11]))).toThrow(
      "the model reads 10 tokens at most, got 11\n  hint: cut the texts",
    );
  });
});
