/** A repository in the form that SmolVLM has on the hub, run by transformers.js: three small graphs whose numbers can be computed beside it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContentPart } from "../../../kernel-helpers/llm/index.ts";
import { HubSeeingModel, imagePart, loadHubSeeingModel, RgbImage } from "../../../kernel-helpers/multimodal/index.ts";
import { GraphBuilder } from "../../../kernel-helpers/onnx/index.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-hub-"));
const special = ["[PAD]", "[UNK]", "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"];
const words = ["User:", "Assistant:", "what", "is", "this", "red", "blue", "green", "a", "circle"];
const vocabulary = [...special, ...words];
const width = 4;
const random = createRandom(7);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
const [embedding, eye, head] = [numbers(vocabulary.length * width), numbers(3 * width), numbers(width * vocabulary.length)];
// what only an image is made of is never said
for (const id of special.slice(0, 5).keys()) for (let row = 0; row < width; row++) head[row * vocabulary.length + id] = 0;

function writeRepository(): void {
  mkdirSync(path.join(folder, "onnx"), { recursive: true });
  const write = (name: string, graph: GraphBuilder): void => writeFileSync(path.join(folder, "onnx", `${name}.onnx`), graph.encode());
  const json = (name: string, value: object): void => writeFileSync(path.join(folder, name), JSON.stringify(value));

  const embed = new GraphBuilder("embed");
  const ids = embed.input("input_ids", "int64", ["batch", "tokens"]);
  embed.output("inputs_embeds", embed.node("Gather", [embed.constant("table", embedding, [vocabulary.length, width]), ids]), "float32", [
    "batch",
    "tokens",
    width,
  ]);
  write("embed_tokens", embed);

  // one vector for an image: its mean colour, projected
  const vision = new GraphBuilder("vision");
  const pixels = vision.input("pixel_values", "float32", ["batch", "images", 3, 8, 8]);
  const mean = vision.node("ReduceMean", [pixels, vision.constant("axes", BigInt64Array.of(3n, 4n))], { attributes: { keepdims: 0 } });
  vision.output("image_features", vision.node("MatMul", [mean, vision.constant("eye", eye, [3, width])]), "float32", [
    "batch",
    "images",
    width,
  ]);
  write("vision_encoder", vision);

  // the logits after a token: of its vector and of the sum of all so far, which the cache holds
  const decoder = new GraphBuilder("decoder");
  const x = decoder.input("inputs_embeds", "float32", ["batch", "tokens", width]);
  decoder.input("attention_mask", "int64", ["batch", "all"]);
  const past = ["key", "value"].map((kind) => decoder.input(`past_key_values.0.${kind}`, "float32", ["batch", 1, "past", width]));
  const own = decoder.node("Unsqueeze", [x, decoder.constant("axis", BigInt64Array.of(1n))]);
  const [key, value] = past.map((before) => decoder.node("Concat", [before, own], { attributes: { axis: 2 } })) as [string, string];
  const sum = decoder.node("ReduceSum", [value, decoder.constant("tokensAxis", BigInt64Array.of(2n))], { attributes: { keepdims: 0 } }); // (batch, 1, width)
  const logits = decoder.node("MatMul", [decoder.node("Add", [x, sum]), decoder.constant("head", head, [width, vocabulary.length])]);
  decoder.output("logits", logits, "float32", ["batch", "tokens", vocabulary.length]);
  decoder.output("present.0.key", key, "float32", ["batch", 1, "all", width]);
  decoder.output("present.0.value", value, "float32", ["batch", 1, "all", width]);
  write("decoder_model_merged", decoder);

  const text = {
    model_type: "llama",
    hidden_size: width,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    num_hidden_layers: 1,
    head_dim: width,
    vocab_size: vocabulary.length,
  };
  json("config.json", {
    model_type: "smolvlm",
    architectures: ["SmolVLMForConditionalGeneration"],
    text_config: text,
    image_token_id: 2,
    eos_token_id: 5,
  });
  json("generation_config.json", { eos_token_id: 5, pad_token_id: 0 });
  json("processor_config.json", { processor_class: "SmolVLMProcessor", image_seq_len: 1 });
  json("preprocessor_config.json", {
    processor_class: "SmolVLMProcessor",
    image_processor_type: "SmolVLMImageProcessor",
    do_image_splitting: false,
    do_resize: true,
    do_rescale: true,
    do_normalize: true,
    do_pad: true,
    rescale_factor: 1 / 255,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    resample: 1,
    size: { longest_edge: 8 },
    max_image_size: { longest_edge: 8 },
  });
  json("tokenizer_config.json", {
    tokenizer_class: "PreTrainedTokenizer",
    pad_token: "[PAD]",
    unk_token: "[UNK]",
    chat_template:
      "{% for message in messages %}{{ message.role | capitalize }}: {% for part in message.content %}{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}{% endfor %}<end_of_utterance>{% endfor %}{% if add_generation_prompt %} Assistant:{% endif %}",
  });
  const added = special.map((content, id) => ({ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false })); // prettier-ignore
  json("tokenizer.json", {
    version: "1.0",
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])), unk_token: "[UNK]" },
  });
}

/** What the three graphs compute, written down once more. */
function expected(prompt: readonly string[], colour: readonly number[] | undefined, most: number): string[] {
  const vectorOf = (word: string): number[] =>
    word === "<image>"
      ? Array.from({ length: width }, (_, at) =>
          colour!.reduce((sum, channel, index) => sum + (channel / 127.5 - 1) * eye[index * width + at]!, 0),
        )
      : Array.from(embedding.subarray(vocabulary.indexOf(word) * width, (vocabulary.indexOf(word) + 1) * width));
  const seen = prompt.map(vectorOf);
  const said: string[] = [];
  while (said.length < most) {
    const last = seen.at(-1)!.map((each, at) => each + seen.reduce((sum, vector) => sum + vector[at]!, 0));
    const logits = vocabulary.map((_, id) => last.reduce((sum, each, row) => sum + each * head[row * vocabulary.length + id]!, 0));
    const word = vocabulary[logits.indexOf(Math.max(...logits))]!;
    said.push(word);
    if (word === "<end_of_utterance>") break;
    seen.push(vectorOf(word));
  }
  return said;
}

let model: HubSeeingModel;
beforeAll(async () => {
  writeRepository();
  model = await loadHubSeeingModel(folder, { dtype: "fp32" });
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

const filled = (...colour: readonly [number, number, number]): RgbImage =>
  new RgbImage(
    Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => colour[at % 3]!),
    { width: 8, height: 8 },
  );
const asked = [
  "User:",
  "<fake_token_around_image>",
  "<global-img>",
  "<image>",
  "<fake_token_around_image>",
  "what",
  "is",
  "this",
  "<end_of_utterance>",
  "Assistant:",
];
const colours: readonly (readonly [number, number, number])[] = [[250, 10, 20], [0, 0, 255], [30, 240, 40], [255, 255, 255]]; // prettier-ignore
const question: ContentPart = { type: "text", text: "what is this" };

describe("a model of the hub's form", () => {
  test("says what its graphs say of an image, whatever the image, in pieces", async () => {
    const answers = new Set<string>();
    for (const colour of colours) {
      const parts = [];
      for await (const part of model.chat([{ role: "user", content: [question, imagePart(filled(...colour))] }], { maxNewTokens: 5 }))
        parts.push(part);
      const words = parts.map((part) => (part.type === "text" ? part.text : "")).join("").split(" ").filter(Boolean); // prettier-ignore
      const wanted = expected(asked, colour, 5);
      expect(words).toEqual(wanted.filter((word) => !special.includes(word)));
      const reason = wanted.at(-1) === "<end_of_utterance>" ? "stop" : "length";
      expect(parts.at(-1)).toMatchObject({ type: "finish", usage: { promptTokens: asked.length, newTokens: wanted.length } });
      if (wanted.length < 5) expect(parts.at(-1)).toMatchObject({ reason });
      answers.add(wanted.join());
    }
    expect(answers.size).toBeGreaterThan(1);
  });

  test("answers text alone", async () => {
    const parts = [];
    for await (const part of model.chat([{ role: "user", content: "what is this" }], { maxNewTokens: 3 })) parts.push(part);
    const wanted = expected(
      asked.filter((word) => !/[<[](image|fake|global)/.test(word)),
      undefined,
      3,
    ).filter((word) => !special.includes(word));
    expect(parts.map((part) => (part.type === "text" ? part.text : "")).join("").split(" ").filter(Boolean)).toEqual(wanted); // prettier-ignore
  });

  test("ends with its signal, generates one text at a time, and refuses what it does not understand", async () => {
    const stop = new AbortController();
    const answer = model.chat([{ role: "user", content: [question, imagePart(filled(1, 2, 3))] }], {
      maxNewTokens: 1000,
      signal: stop.signal,
    });
    const first = answer.next();
    const second = model.chat([{ role: "user", content: "what" }]).next();
    await expect(second).rejects.toThrow("is generating already");
    await first;
    stop.abort();
    await expect(answer.next()).rejects.toThrow("aborted");
    expect(() => model.chat([{ role: "user", content: "what" }], { schema: {} })).toThrow('options has no option "schema"');
  });
});

test("what is not there is said to be unavailable", async () => {
  await expect(loadHubSeeingModel(path.join(folder, "nothing"))).rejects.toThrow("cannot be loaded");
});
