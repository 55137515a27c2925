/** A language model that reads bytes and ChatML, taught to tell two pictures of the world apart. */
import path from "node:path";
import {
  teachToSee,
  worldClip,
  drawCombination,
  type Lesson,
  type RgbImage,
  type TaughtModel,
} from "../../../kernel-helpers/multimodal/index.ts";
import { toAlphabet } from "../../../kernel-helpers/tokenizer/byte-alphabet.ts";
import { writeTinyModel } from "../../llm/tiny-model.ts";

const bytes = Array.from({ length: 256 }, (_, byte) => toAlphabet(Uint8Array.of(byte)));
const special = ["<|im_start|>", "<|im_end|>"];

export const writeTinyChatMl = (folder: string): Promise<string> =>
  writeTinyModel(folder, "chatml", {
    vocabulary: 258,
    seed: 1,
    metadata: {
      "tokenizer.ggml.model": { type: "string", value: "gpt2" },
      "tokenizer.ggml.pre": { type: "string", value: "smollm" },
      "tokenizer.ggml.tokens": { type: "array", of: "string", value: [...bytes, ...special] },
      "tokenizer.ggml.token_type": { type: "array", of: "int32", value: [...bytes.map(() => 1), 3, 3] },
      "tokenizer.ggml.merges": { type: "array", of: "string", value: [] },
    },
  });

export const pictures: { red: RgbImage; blue: RgbImage } = {
  red: drawCombination({ type: "count", kind: { colour: "red", shape: "square" }, count: 4 }, 1),
  blue: drawCombination({ type: "count", kind: { colour: "blue", shape: "square" }, count: 4 }, 2),
};

export async function teachTiny(folder: string): Promise<TaughtModel> {
  const clip = worldClip({ seed: 1, width: 16, layers: 1, heads: 2 });
  const lesson = (answer: "red" | "blue"): Lesson => ({ image: pictures[answer], turns: [{ question: "Which?", answer }] });
  const taught = await teachToSee(await writeTinyChatMl(folder), {
    clip,
    rank: 4,
    seed: 1,
    show: false,
    stages: [
      { lessons: [lesson("red"), lesson("blue")], steps: 2, learns: "words", batchSize: 2 },
      { lessons: [lesson("red"), lesson("blue")], steps: 5, learns: "projector", batchSize: 2 },
      { lessons: [lesson("red"), lesson("blue")], steps: 60, learns: "all", batchSize: 2, learningRate: 1e-2 },
    ],
  });
  await taught.save(path.join(folder, "eyes"));
  return taught;
}
