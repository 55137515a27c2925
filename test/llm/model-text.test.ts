/** A model in a folder laid out as on the hub: its tokenizer, its chat template wherever that stands, and what ends an answer. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeSafetensors, type CheckpointTensor } from "../../kernel-helpers/checkpoints/index.ts";
import { LanguageModel } from "../../kernel-helpers/llm/index.ts";
import { readModelText } from "../../kernel-helpers/llm/model-text.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-model-text-"));
afterAll(() => rmSync(folder, { recursive: true }));

const specialTokens = ["<s>", "<|end|>", "<|im_end|>"];
let tokenizer: BpeTokenizer;
beforeAll(async () => {
  tokenizer = await BpeTokenizer.train("the cat and the hat", { vocabSize: 264, specialTokens });
});

let place: string;
let count = 0;
const write = (name: string, content: unknown): void =>
  writeFileSync(path.join(place, name), typeof content === "string" ? content : JSON.stringify(content));
beforeEach(async () => {
  place = path.join(folder, `model-${count++}`);
  mkdirSync(place);
  await tokenizer.save(path.join(place, "tokenizer.json"));
});

const greeting = [{ role: "user", content: "hi" }] as const;

describe("the chat template", () => {
  const rendered = async (): Promise<string | undefined> => (await readModelText(place, "m")).chatTemplate?.render(greeting);

  test("is in tokenizer_config.json, with the tokens that it names", async () => {
    const tokens = { bos_token: { content: "<s>", lstrip: false }, eos_token: "<|end|>" };
    write("tokenizer_config.json", { ...tokens, chat_template: "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}" });
    expect(await rendered()).toBe("<s>hi<|end|>");
  });

  test("is the one called default where there are several", async () => {
    const named = (name: string): object => ({ name, template: `${name}: {{ messages[0].content }}` });
    write("tokenizer_config.json", { chat_template: [named("tool_use"), named("default")] });
    expect(await rendered()).toBe("default: hi");
  });

  test("is in chat_template.jinja, where there is such a file", async () => {
    write("tokenizer_config.json", { chat_template: "old" });
    write("chat_template.jinja", "new {{ messages[0].content }}");
    expect(await rendered()).toBe("new hi");
  });

  test("may be missing", async () => expect(await rendered()).toBeUndefined());
});

describe("an answer ends", () => {
  const ends = async (): Promise<(string | undefined)[]> => {
    const { endIds } = await readModelText(place, "m");
    return [...endIds].map((id) => tokenizer.tokens([id])[0]).toSorted();
  };

  test.each([
    ["one id of config.json", { "config.json": { eos_token_id: 1 } }, ["<|end|>", "<|im_end|>"]],
    ["several of generation_config.json", { "generation_config.json": { eos_token_id: [1, 0] } }, ["<s>", "<|end|>", "<|im_end|>"]],
    [
      "generation_config.json before config.json",
      { "generation_config.json": { eos_token_id: 0 }, "config.json": { eos_token_id: 1 } },
      ["<s>", "<|im_end|>"],
    ],
    ["the eos_token of the tokenizer", { "tokenizer_config.json": { eos_token: "<|end|>" } }, ["<|end|>", "<|im_end|>"]],
    ["what ends messages in ChatML, whatever the files say", {}, ["<|im_end|>"]],
  ])("with %s", async (_, files, expected) => {
    for (const [name, content] of Object.entries(files)) write(name, content);
    expect(await ends()).toEqual(expected);
  });
});

test("a model in a folder continues text, which begins with the tokens that its tokenizer puts before texts", async () => {
  const random = createRandom(1);
  const matrix = (...shape: number[]): CheckpointTensor => ({
    dtype: "F32",
    shape,
    data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => random.normal()),
  });
  const [width, layer] = [32, "model.layers.0"];
  await writeSafetensors(path.join(place, "model.safetensors"), {
    "model.embed_tokens.weight": matrix(264, width),
    "model.norm.weight": matrix(width),
    [`${layer}.input_layernorm.weight`]: matrix(width),
    [`${layer}.post_attention_layernorm.weight`]: matrix(width),
    ...Object.fromEntries(["q", "k", "v", "o"].map((name) => [`${layer}.self_attn.${name}_proj.weight`, matrix(width, width)])),
    ...Object.fromEntries(["gate", "up", "down"].map((name) => [`${layer}.mlp.${name}_proj.weight`, matrix(width, width)])),
  });
  const sizes = { hidden_size: width, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: 264, max_position_embeddings: 64 };
  write("config.json", { model_type: "llama", rms_norm_eps: 1e-5, ...sizes });
  const finish = async (prompt: string): Promise<unknown> => {
    await using model = await LanguageModel.load(place, { threads: 1 });
    const parts = [];
    for await (const part of model.generate(prompt, { maxNewTokens: 3, temperature: 0 })) parts.push(part);
    return parts.at(-1);
  };
  const promptTokens = tokenizer.encode("the cat").length;
  expect(await finish("the cat")).toMatchObject({ type: "finish", usage: { promptTokens } });

  const content = JSON.parse(readFileSync(path.join(place, "tokenizer.json"), "utf8")) as Record<string, unknown>;
  const before = { SpecialToken: { id: "<s>", type_id: 0 } };
  content["post_processor"] = {
    type: "TemplateProcessing",
    single: [before, { Sequence: { id: "A", type_id: 0 } }],
    pair: [],
    special_tokens: {},
  };
  write("tokenizer.json", content);
  expect(await finish("the cat")).toMatchObject({ usage: { promptTokens: promptTokens + 1 } });
  expect(await finish("<s>the cat")).toMatchObject({ usage: { promptTokens: promptTokens + 1 } });
});
