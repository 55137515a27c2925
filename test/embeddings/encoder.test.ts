/** Vectors against sentence-transformers' own (fixtures made by make-fixtures.py), and what an encoder promises beside them. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSafetensors } from "../../kernel-helpers/checkpoints/index.ts";
import { cosineSimilarity, SentenceEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { readTokenizer } from "../../kernel-helpers/embeddings/tokenizers/read-tokenizer.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";

const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;
const given = JSON.parse(readFileSync(fixture("texts.json"), "utf8")) as { text: string; ids: number[] }[];
const texts = given.map(({ text }) => text);

async function peerVectors(): Promise<Float32Array[]> {
  await using file = await openSafetensors(fixture("vectors.safetensors"));
  const data = await file.readFloat32("vectors");
  return texts.map((_, row) => data.subarray(row * 384, (row + 1) * 384));
}

let encoder: SentenceEncoder;
beforeAll(async () => {
  encoder = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu" });
});
afterAll(() => encoder.close());

describe("parity with sentence-transformers", () => {
  test("the fixtures are 200 texts in several languages, empty and too long ones among them", () => {
    expect(texts).toHaveLength(200);
    expect(texts.filter((text) => /\p{Script=Han}/u.test(text)).length).toBeGreaterThan(60);
    expect(texts).toContain("");
    expect(given.filter(({ ids }) => ids.length === 256)).toHaveLength(4);
  });

  test("the token ids are the same, truncation included", async () => {
    const { folder } = await fetchModel("all-MiniLM-L6-v2");
    const tokenizer = await readTokenizer(folder, 256);
    for (const { text, ids } of given) expect(tokenizer.encode(text), JSON.stringify(text.slice(0, 80))).toEqual(ids);
  });

  test.each([
    { dtype: "fp32", least: 0.99999 },
    { dtype: "fp16", least: 0.9999 }, // a CPU computes in float32, with weights of float16 and results rounded to it
    { dtype: "q8", least: 0.97 },
  ] as const)("$dtype vectors have a cosine of at least $least with its vectors", async ({ dtype, least }) => {
    using ours = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu", dtype });
    const vectors = await ours.encode(texts, { onProgress: () => undefined });
    const theirs = await peerVectors();
    const cosines = theirs.map((vector, row) => ({ cosine: cosineSimilarity(vectors.row(row), vector), text: texts[row]!.slice(0, 60) }));
    const worst = cosines.toSorted((one, other) => one.cosine - other.cosine);
    expect(worst[0]!.cosine).toBeGreaterThanOrEqual(least);
  });
});

describe("SentenceEncoder", () => {
  test("reproduces sentence-transformers' quick start", async () => {
    const vectors = await encoder.encode(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]);
    const similarity = cosineSimilarity(vectors, vectors);
    expect([similarity.row(0)[1], similarity.row(0)[2], similarity.row(1)[2]].map((value) => value!.toFixed(4))).toEqual([
      "0.6660",
      "0.1046",
      "0.1411",
    ]);
  });

  test("keeps the order of the texts, whatever their lengths, and gives unit vectors", async () => {
    const mixed = ["a b c d e f g h", "a", "one two three", "", "a b c d e f g h i j k l m n o p"];
    const together = await encoder.encode(mixed);
    expect([together.rows, together.cols]).toEqual([5, encoder.dimension]);
    for (const [row, text] of mixed.entries()) {
      const alone = await encoder.encode([text]);
      expect(cosineSimilarity(together.row(row), alone.row(0))).toBeCloseTo(1, 5);
      expect(Math.hypot(...together.row(row))).toBeCloseTo(1, 5);
    }
  });

  test("gives a matrix of no rows for no texts", async () => {
    const none = await encoder.encode([]);
    expect([none.rows, none.cols, none.data.length]).toEqual([0, 384, 0]);
  });

  test("gives the beginnings of vectors, made as long as 1 again, when fewer numbers are asked for", async () => {
    using short = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu", dimension: 64 });
    const [whole, cut] = [await encoder.encode(["AI engineer"]), await short.encode(["AI engineer"])];
    expect([cut.cols, short.dimension]).toEqual([64, 64]);
    const length = Math.hypot(...whole.data.subarray(0, 64));
    for (const [index, number] of cut.data.entries()) expect(number).toBeCloseTo(whole.data[index]! / length, 5);
  });

  test("reports progress up to the last text", async () => {
    const seen: number[] = [];
    await encoder.encode(texts.slice(0, 60), { onProgress: ({ done, total }) => void seen.push(done / total) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });

  test("says what the model reads", () => {
    expect(encoder.tokenize("AI工程师 don't embeddings")).toEqual([
      "ai",
      "[UNK]",
      "[UNK]",
      "[UNK]",
      "don",
      "'",
      "t",
      "em",
      "##bed",
      "##ding",
      "##s",
    ]);
  });

  test("stops when its signal is aborted, and works again afterwards", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let calls = 0;
    const stopped = encoder.encode(texts, {
      signal: controller.signal,
      onProgress: () => {
        calls++;
        controller.abort(reason);
      },
    });
    await expect(stopped).rejects.toBe(reason);
    expect(calls).toBe(1);
    expect((await encoder.encode(["again"])).rows).toBe(1);
  });

  test("stops at SIGINT, as ■ sends it, and takes its listener away", async () => {
    const before = process.listenerCount("SIGINT");
    const stopped = encoder.encode(texts, { onProgress: ({ done, total }) => void (done < total && process.kill(process.pid, "SIGINT")) });
    await expect(stopped).rejects.toThrow("interrupted\n  hint: run the cell again to start over");
    expect(process.listenerCount("SIGINT")).toBe(before);
  });

  test("refuses what is not an array of strings, and options that it does not have", async () => {
    await expect(encoder.encode("text" as never)).rejects.toThrow(
      'texts must be an array, got "text"\n  hint: pass an array of strings: encode([text])',
    );
    await expect(encoder.encode(["a", 7 as never])).rejects.toThrow("texts[1] must be a string, got 7");
    await expect(encoder.encode([null as never])).rejects.toThrow("texts[0] must be a string, got null");
    await expect(encoder.encode(["a"], { batchSize: 0 } as never)).rejects.toThrow('options has no option "batchSize"');
    await expect(encoder.encode(["a"], { prompt: "query" })).rejects.toThrow(
      'prompt must be left out, for the model has no prompts, got "query"\n  hint: put it before the texts',
    );
    await expect(encoder.encode(["a"], { onProgress: "yes" as never })).rejects.toThrow('onProgress must be a function, got "yes"');
    expect(() => encoder.tokenize(null as never)).toThrow("text must be a string, got null");
  });

  test("a device asked for by name and missing is an error that says how to get it", async () => {
    await expect(SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cuda" })).rejects.toThrow(
      /^device cuda is not available: .*\n {2}hint: this machine shows no NVIDIA GPU/,
    );
  });

  test.each([
    [{ device: "gpus" }, 'device must be one of "auto", "cpu", "webgpu", "cuda", got "gpus"'],
    [{ device: null }, 'device must be one of "auto", "cpu", "webgpu", "cuda", got null'],
    [{ dtype: "int8" }, 'dtype must be one of "fp32", "fp16", "q8", "q4", got "int8"\n  hint: use one of "fp32", "fp16", "q8", "q4"'],
    [{ dtype: "q4" }, 'dtype must be one that all-MiniLM-L6-v2 has: fp32, fp16 or q8, got "q4"\n  hint: weights in 4 bits come in 4 bits'],
    [{ decoder: (): void => undefined, dtype: "q8" }, 'dtype must be "fp32", for the encoder is a decoder, got "q8"'],
    [{ decoder: (): void => undefined, device: "cuda" }, 'device must be "cpu", for the encoder is a decoder, got "cuda"'],
    [{ decoder: "llama" }, 'decoder must be a function, got "llama"'],
    [{ dimension: 385 }, "dimension must be at most 384, got 385\n  hint: as the model's files have it"],
    [{ dimension: 0 }, "dimension must be an integer ≥ 1, got 0"],
    [{ threads: 0 }, "threads must be an integer ≥ 1, got 0"],
    [{ threads: 1.5 }, "threads must be an integer ≥ 1, got 1.5"],
    [{ pooling: "cls" }, 'options has no option "pooling"\n  hint: the options are device, dtype, threads, dimension, decoder, signal'],
    [
      { dtype: "q8", device: "webgpu" },
      'dtype "q8" does not go with device "webgpu"\n  hint: few bits pay on the CPU: use device "cpu", or dtype "fp16"',
    ],
  ])("refuses %j", async (options, message) => {
    await expect(SentenceEncoder.load("all-MiniLM-L6-v2", options as never)).rejects.toThrow(message);
  });

  test("can be asked for another machine: what its files have is checked, not the device", async () => {
    await SentenceEncoder.check("all-MiniLM-L6-v2", { device: "cuda", dtype: "fp16", dimension: 256 });
    for (const [options, message] of [
      [{ dimension: 385 }, "dimension must be at most 384, got 385"],
      [{ dtype: "q4" }, "dtype must be one that all-MiniLM-L6-v2 has: fp32, fp16 or q8"],
      [{ prompt: "query" }, "prompt must be left out, for the model has no prompts"],
      [
        { decoder: (): void => undefined },
        'options has no option "decoder"\n  hint: the options are device, dtype, threads, dimension, prompt, signal',
      ],
    ] as const)
      await expect(SentenceEncoder.check("all-MiniLM-L6-v2", options as never)).rejects.toThrow(message);
    await expect(SentenceEncoder.check("all-MiniLM-L6")).rejects.toThrow('the manifest has no model "all-MiniLM-L6"');
  });

  test("refuses a model that the manifest does not have", async () => {
    await expect(SentenceEncoder.load("all-MiniLM-L6")).rejects.toThrow('the manifest has no model "all-MiniLM-L6"\n  hint: did you mean');
    await expect(SentenceEncoder.load(null as never)).rejects.toThrow("name must be a string, got null");
  });

  test("a closed encoder says so", async () => {
    const closed = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "auto", dtype: "q8" });
    expect(closed.device).toBe("cpu");
    closed.close();
    closed.close();
    await expect(closed.encode(["a"])).rejects.toThrow("this encoder is closed");
  });
});
