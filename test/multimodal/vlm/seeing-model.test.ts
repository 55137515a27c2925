import { describe, expect, test } from "vitest";
import { Llama } from "../../../kernel-helpers/llm/index.ts";
import { seeingBatch, SeeingModel } from "../../../kernel-helpers/multimodal/index.ts";
import { AdamW } from "../../../kernel-helpers/optim/index.ts";
import { tensor, type Tensor } from "../../../kernel-helpers/tensor/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";
import { tinyLlama } from "../../llm/tiny-llama.ts";

const llama = new Llama(tinyLlama());
/** Two images of three tokens each: the second is the first, negated. */
const seen = Float32Array.from({ length: 3 * 4 }, (_, at) => Math.sin(at + 1));
const images = (...signs: number[]): Tensor => tensor(Float32Array.from(signs.flatMap((sign) => Array.from(seen, (each) => sign * each))), { shape: [signs.length, 3, 4] }); // prettier-ignore
const question = { prompt: [5, 6, 7], answer: [9] };
const other = { prompt: [11, 12], answer: [13, 14] };

describe("a language model that is given vectors", () => {
  test("computes what it computes of the ids that they stand for", () => {
    const ids = tensor([[1, 2, 3, 4]], { dtype: "int64" });
    expect(llama.hiddenFrom(llama.embed(ids)).toArray()).toEqual(llama.hidden(ids).toArray());
    expect(() => llama.hiddenFrom(tensor([[1, 2]]))).toThrow("a Llama of width 32 takes vectors of (batch, tokens, 32), got (1, 2)");
  });
});

describe("questions about one image in a row", () => {
  test("are answered as if each were asked alone", () => {
    const model = new SeeingModel(llama, { imageWidth: 4, seed: 1 });
    const sizes = { tokens: 10, answers: 4 };
    const lossOf = (...questions: (typeof question)[]): number => model.loss(seeingBatch([2, 3], images(1), [questions], sizes)).item();
    const together = lossOf(question, other);
    expect(together).toBeCloseTo((lossOf(question) + 2 * lossOf(other)) / 3, 5); // a mean over three learnt tokens
    expect(lossOf(other, question)).toBeCloseTo(together, 5);
    const answers = model.answers(seeingBatch([2, 3], images(1), [[question, other]], sizes));
    expect(answers[0]).toBe(model.answers(seeingBatch([2, 3], images(1), [[question]], sizes))[0]);
    model.close();
  });

  test("have to fit", () => {
    expect(() => seeingBatch([2, 3], images(1), [[question, other]], { tokens: 5, answers: 4 })).toThrow(
      "do not fit into 5 tokens with 4 learnt",
    );
    expect(() => seeingBatch([2, 3], images(1), [[question, other]], { tokens: 9, answers: 2 })).toThrow(
      "do not fit into 9 tokens with 2 learnt",
    );
  });
});

test("the projector alone learns, and comes to answer the same question differently for different images", async () => {
  const model = new SeeingModel(llama, { imageWidth: 4, seed: 2 });
  const before = JSON.stringify(llama.model.embed_tokens.weight.toArray());
  expect(Object.keys(model.parameters())).toEqual(["projector.first.weight", "projector.first.bias", "projector.second.weight", "projector.second.bias"]); // prettier-ignore
  const batch = seeingBatch([2, 3], images(1, -1), [[question], [{ ...question, answer: [10] }]], { tokens: 3, answers: 1 });
  await train({ model, optimizer: new AdamW(model.parameters(), { learningRate: 1e-2 }), loss: (m, b) => m.loss(b), batches: [batch], epochs: 120, show: false }); // prettier-ignore
  expect(model.answers(batch)).toEqual([9, 10]);
  expect(model.answers(seeingBatch([2, 3], images(-1), [[question]], { tokens: 3, answers: 1 }))).toEqual([10]);
  expect(JSON.stringify(llama.model.embed_tokens.weight.toArray())).toBe(before);
  model.close();
});
