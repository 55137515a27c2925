import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LanguageModel, logSoftmax, type ContentPart, type Part } from "../../../kernel-helpers/llm/index.ts";
import {
  imagePart,
  loadSeeingModel,
  seeingBatch,
  teachToSee,
  worldClip,
  type RgbImage,
  type TaughtModel,
} from "../../../kernel-helpers/multimodal/index.ts";
import { encodeQuestion, idsBeforeImage } from "../../../kernel-helpers/multimodal/vlm/conversation.ts";
import { jit } from "../../../kernel-helpers/tensor/index.ts";
import { makeFolder } from "../../serve/tiny-chat.ts";
import { pictures, teachTiny, writeTinyChatMl } from "./tiny-seeing.ts";

const folder = makeFolder();
let taught: TaughtModel;
let model: LanguageModel;
beforeAll(async () => {
  taught = await teachTiny(folder);
  model = await loadSeeingModel(path.join(folder, "eyes"), { dtype: "fp32", threads: 1 });
}, 60_000);
afterAll(async () => {
  taught.model.close();
  await model.close();
  rmSync(folder, { recursive: true, force: true });
});

const shown = (image: RgbImage, text: string = "Which?"): ContentPart[] => [imagePart(image), { type: "text", text }];
async function ask(content: string | ContentPart[], options: object = {}): Promise<{ text: string; parts: Part[] }> {
  const parts: Part[] = [];
  for await (const part of model.chat([{ role: "user", content }], { temperature: 0, maxNewTokens: 8, ...options })) parts.push(part);
  return { text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""), parts };
}

describe("a model that was taught to see", () => {
  test("answers the same question differently for different images, in pieces, and says what it read", async () => {
    const red = await ask(shown(pictures.red));
    expect(red.text).toBe("red");
    expect(red.parts.filter(({ type }) => type === "text").length).toBeGreaterThan(1);
    // <|im_start|>user\n, nine patches, Which?, <|im_end|>\n, <|im_start|>assistant\n
    expect(red.parts.at(-1)).toMatchObject({ type: "finish", reason: "stop", usage: { promptTokens: 6 + 9 + 6 + 2 + 11, newTokens: 4 } });
    expect((await ask(shown(pictures.blue))).text).toBe("blue");
  });

  test("computes what the training's forward pass computes, token by token", async () => {
    const { tokenizer } = model;
    const question = encodeQuestion(tokenizer, "Which?", "blue");
    const image = jit((pixels: Parameters<typeof tower.tokens>[0]) => tower.tokens(pixels));
    const { clip } = taught;
    const tower = clip.image;
    const sizes = { tokens: question.prompt.length + question.answer.length - 1, answers: question.answer.length };
    const batch = seeingBatch(idsBeforeImage(tokenizer), image(clip.pixelsOf([pictures.blue])), [[question]], sizes);
    image.close();
    const logits = taught.model.logits(batch).data as Float32Array;
    const { parts } = await ask(shown(pictures.blue), { logProbs: 0 });
    const tokens = parts.filter((part) => part.type === "token");
    expect(tokens.map(({ id }) => id)).toEqual(question.answer);
    for (const [at, { id, logProb }] of tokens.entries())
      expect(logProb).toBeCloseTo(logSoftmax(logits.slice(at * 258, (at + 1) * 258))[id]!, 3);
  });

  test("reads the image before the text, wherever in the message it stands, and what an image spells nowhere", async () => {
    const before = await ask(shown(pictures.blue), { logProbs: 0 });
    const after = await ask(shown(pictures.blue).toReversed(), { logProbs: 0 });
    expect(after.parts.filter(({ type }) => type === "token")).toEqual(before.parts.filter(({ type }) => type === "token"));
  });

  test("answers text alone, too: its blind baseline", async () => {
    const { parts } = await ask("Which?");
    expect(parts.at(-1)).toMatchObject({ usage: { promptTokens: 6 + 6 + 2 + 11 } });
  });

  test("samples, keeps to a choice, and ends with its signal, as without images", async () => {
    expect((await ask(shown(pictures.red), { choices: ["green", "blue"] })).text).toMatch(/^(green|blue)$/);
    const stop = new AbortController();
    const answer = model.chat([{ role: "user", content: shown(pictures.red) }], { temperature: 1, seed: 1, signal: stop.signal });
    await answer.next();
    stop.abort();
    await expect(answer.next()).rejects.toThrow("aborted");
  });

  test("does not fetch addresses, and says so of what is not an image", async () => {
    const url = (text: string): ContentPart[] => [{ type: "image_url", image_url: { url: text } }];
    await expect(ask(url("http://127.0.0.1/x.png"))).rejects.toThrow(
      'an image is given as data:image/png;base64,…, not as "http://127.0.0.1/x.png"',
    );
    await expect(ask(url("data:image/png;base64,AAAA"))).rejects.toThrow("the image of a message cannot be read");
    await expect(ask([{ type: "audio" } as never])).rejects.toThrow(
      'messages[0].content[0].type must be "text" or "image_url", got "audio"',
    );
  });
});

test("a model without eyes refuses images", async () => {
  await using blind = await LanguageModel.load(await writeTinyChatMl(makeFolder()), { chatTemplate: "{{ messages[0].content }}" });
  expect(blind.sees).toBe(false);
  expect(() => blind.chat([{ role: "user", content: shown(pictures.red) }])).toThrow("sees no images");
});

test("the words come first, and have to tell images apart", async () => {
  const name = await writeTinyChatMl(makeFolder());
  const clip = worldClip({ seed: 1, width: 16, layers: 1, heads: 2 });
  const lessons = [{ image: pictures.red, turns: [{ question: "Which?", answer: "red" }] }];
  const [words, adapters] = [{ lessons, steps: 1, learns: "words", batchSize: 1 }, { lessons, steps: 1, learns: "adapters", batchSize: 1 }] as const; // prettier-ignore
  await expect(teachToSee(name, { clip, seed: 1, show: false, stages: [adapters, words] })).rejects.toThrow(
    "stages[1] learns words, and would undo what the projector has learnt before",
  );
  await expect(teachToSee(name, { clip, seed: 1, show: false, stages: [words] })).rejects.toThrow(
    "no word of the answers in stages[0].lessons tells one image from another",
  );
  clip.close();
});
