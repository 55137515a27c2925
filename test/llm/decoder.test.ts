/** What a decoder refuses, and its thread. That its logits are right, test/parity/decoder.test.ts shows. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeGguf, type GgufInput, type GgufMetadata } from "../../kernel-helpers/checkpoints/index.ts";
import { ArgumentError, ClosedError, FormatError, OutOfRangeError, UnavailableError } from "../../kernel-helpers/errors.ts";
import { Decoder } from "../../kernel-helpers/llm/index.ts";
import { count, tinyModel } from "./tiny-model.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-decoder-"));
afterAll(() => rmSync(folder, { recursive: true }));

const vocabulary = 7;
const { tensors, metadata } = tinyModel({ vocabulary, contextLength: 16 });

const file = path.join(folder, "tiny.gguf");
beforeAll(() => writeGguf(file, tensors, metadata));

test("ids that follow others have the logits of all read at once", async () => {
  await using decoder = await Decoder.load(file, { threads: 1 });
  const whole = await decoder.read([1, 2, 3]);
  decoder.truncate(1);
  await decoder.read([2]);
  const apart = await decoder.read(Uint32Array.of(3));
  expect(Math.max(...whole.map((logit, id) => Math.abs(logit - apart[id]!)))).toBeLessThan(1e-5);
});

describe("its thread", () => {
  test("leaves the program's own free while it computes", async () => {
    const long = path.join(folder, "wide.gguf");
    const [size, layers] = [512, 8];
    const square = (rows: number): GgufInput => ({ dtype: "F32", shape: [rows, size], data: new Float32Array(rows * size).fill(0.01) });
    const scale: GgufInput = { dtype: "F32", shape: [size], data: new Float32Array(size).fill(1) };
    const layer = (at: string): Record<string, GgufInput> => ({
      [`${at}.attn_norm.weight`]: scale,
      [`${at}.attn_q.weight`]: square(size),
      [`${at}.attn_k.weight`]: square(size / 2),
      [`${at}.attn_v.weight`]: square(size / 2),
      [`${at}.attn_output.weight`]: square(size),
      [`${at}.ffn_norm.weight`]: scale,
      [`${at}.ffn_gate.weight`]: square(size),
      [`${at}.ffn_up.weight`]: square(size),
      [`${at}.ffn_down.weight`]: square(size),
    });
    const wide = Object.assign(
      { "token_embd.weight": square(vocabulary), "output_norm.weight": scale },
      ...Array.from({ length: layers }, (_, index) => layer(`blk.${index}`)),
    ) as Record<string, GgufInput>;
    await writeGguf(long, wide, {
      ...metadata,
      "llama.block_count": count(layers),
      "llama.embedding_length": count(size),
      "llama.context_length": count(64),
    });
    await using decoder = await Decoder.load(long, { threads: 1 });
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    await decoder.read(new Uint32Array(64));
    clearInterval(turning);
    expect(turns).toBeGreaterThan(2); // computing in the program's thread would leave it one, before it begins
  });

  test("when it ends before its time, says so, and goes on saying it", async () => {
    const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
    await using decoder = await Decoder.load(file, { threads: 1 });
    const reading = decoder.read([1]);
    const terminated = started.then((thread) => thread.terminate());
    await expect(reading).rejects.toThrow(/the thread that runs the model has ended/);
    await terminated;
    await expect(decoder.read([1])).rejects.toThrow(UnavailableError);
  });

  test("ends with close(), and the read that it was in fails", async () => {
    const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
    const decoder = await Decoder.load(file, { threads: 1 });
    const reading = decoder.read([1]);
    const closed = decoder.close();
    await expect(reading).rejects.toThrow(ClosedError);
    await closed;
    expect((await started).threadId).toBe(-1); // Node's id of a thread that has ended
  });

  test("does not keep a process whose model is left open", async () => {
    const program = path.join(folder, "open.mjs");
    writeFileSync(
      program,
      `import { Decoder } from ${JSON.stringify(path.resolve("kernel-helpers/llm/index.ts"))};
      const decoder = await Decoder.load(${JSON.stringify(file)}, { threads: 1 });
      console.log((await decoder.read([1])).length);`,
    );
    const fromSource = ["--import", "tsx", "--import", "./test/worker-sources.mjs"];
    const { stdout } = await promisify(execFile)(process.execPath, [...fromSource, program], { timeout: 60_000 });
    expect(stdout).toBe(`${vocabulary}\n`);
  });
});

describe("read refuses", () => {
  let decoder: Decoder;
  beforeAll(async () => {
    decoder = await Decoder.load(file, { threads: 1 });
  });
  afterAll(() => decoder.close());

  test.each<[string, unknown, unknown, RegExp]>([
    ["a text", "abc", {}, /ids must be an array of integers, got "abc"[^]*encode it/],
    ["nothing", null, {}, /ids must be an array of integers, got null/],
    ["no ids", [], {}, /ids must be at least one token/],
    ["a fraction", [0.5], {}, /ids\[0\] must be an integer, got 0.5/],
    ["more than the model reads", new Uint32Array(17), {}, /at most 16 tokens/],
    ["an unknown option", [1], { evry: true }, /did you mean "every"/],
  ])("%s", async (_, ids, options, message) => {
    await expect(decoder.read(ids as never, options as never)).rejects.toThrow(message);
    expect(decoder.length).toBe(0);
  });

  test("an id beyond the vocabulary", async () => {
    await expect(decoder.read([vocabulary])).rejects.toThrow(OutOfRangeError);
  });

  test("a second call before the first has ended, as both write the one cache", async () => {
    const alone = await decoder.read([1, 2]);
    decoder.truncate(0);
    const first = decoder.read([1, 2]);
    await expect(decoder.read([3])).rejects.toThrow(/is reading already/);
    expect(() => decoder.truncate(0)).toThrow(ArgumentError);
    expect(await first).toEqual(alone);
  });

  test("the rest of a long text once its signal is aborted", async () => {
    const long = path.join(folder, "long.gguf");
    await writeGguf(long, tensors, { ...metadata, "llama.context_length": count(1024) });
    await using longer = await Decoder.load(long, { threads: 1 });
    const stopper = new AbortController();
    const reading = longer.read(new Uint32Array(1000), { signal: stopper.signal });
    stopper.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    expect(longer.length).toBe(64);
    longer.truncate(0);
    expect((await longer.read([1])).length).toBe(vocabulary);
  });

  test("anything after close()", async () => {
    const opened = await Decoder.load(file, { threads: 1 });
    await opened.close();
    await opened.close();
    await expect(opened.read([1])).rejects.toThrow(ClosedError);
    expect(() => opened.truncate(0)).toThrow(ClosedError);
  });
});

describe("load refuses", () => {
  test.each<[string, unknown, unknown, RegExp]>([
    ["no path", null, {}, /place must be a string, got null/],
    ["an unknown dtype", file, { dtype: "int4" }, /dtype must be one of "file", "fp16", "fp32", got "int4"/],
    ["no threads", file, { threads: 0 }, /threads must be an integer ≥ 1, got 0/],
    ["options that are not an object", file, null, /options must be a plain object, got null/],
  ])("%s", async (_, place, options, message) => {
    await expect(Decoder.load(place as never, options as never)).rejects.toThrow(message);
  });

  test("a path where nothing is", async () => {
    await expect(Decoder.load(path.join(folder, "none.gguf"))).rejects.toThrow(UnavailableError);
    await expect(Decoder.load(path.join(folder, "none"))).rejects.toThrow(UnavailableError);
  });

  test("a config.json that is not one", async () => {
    const place = path.join(folder, "hub");
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, "config.json"), "[1]");
    await expect(Decoder.load(place)).rejects.toThrow(/config.json is not a JSON object, but an array of 1/);
    writeFileSync(path.join(place, "config.json"), '{"model_type": ');
    await expect(Decoder.load(place)).rejects.toThrow(FormatError);
  });

  const hub = { model_type: "llama", hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: 7, rms_norm_eps: 1e-5 };

  test.each<[string, object, RegExp]>([
    [
      "an architecture that nobody knows",
      { model_type: "mamba" },
      /of architecture "mamba"[^]*llama, qwen2, qwen3, mixtral, qwen2moe, qwen3moe, phi3, gemma3, gpt2/,
    ],
    ["another activation", { hidden_act: "relu" }, /needs the activation "relu", which cannot be run yet/],
    ["rotary positions of a part of each head", { rope_parameters: { partial_rotary_factor: 0.5 } }, /of a part of each head/],
    ["angles that are stretched as nobody does it", { rope_scaling: { type: "longer" } }, /scaled rotary positions \("longer"\)/],
    ["a stretching without its factor", { rope_scaling: { type: "linear" } }, /no number "factor"/],
    ["scores that are capped", { model_type: "gemma3_text", attn_logit_softcapping: 50 }, /attn_logit_softcapping: 50/],
    ["no positions", { max_position_embeddings: undefined }, /no number "max_position_embeddings"/],
  ])("a config.json of %s", async (_, changes, message) => {
    const place = path.join(folder, "hub");
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, "config.json"), JSON.stringify({ max_position_embeddings: 16, ...hub, ...changes }));
    await expect(Decoder.load(place)).rejects.toThrow(message);
  });

  test.each<[string, GgufMetadata, RegExp]>([
    [
      "angles stretched in an unknown way",
      { "llama.rope.scaling.type": { type: "string", value: "longrope" } },
      /scaled rotary positions \(longrope\)/,
    ],
    ["rotary positions of a part of each head", { "llama.rope.dimension_count": count(8) }, /rotary positions of 8 numbers of 16/],
    ["no heads", { "llama.attention.head_count": count(0) }, /heads must be an integer ≥ 1, got 0/],
    ["no layers", { "llama.block_count": count(0) }, /layers must be an integer ≥ 1, got 0/],
    ["heads that do not divide", { "llama.attention.head_count_kv": count(3) }, /2 heads cannot share 3 key-value heads/],
    [
      "heads of another size than ONNX Runtime takes",
      { "llama.attention.head_count": count(4) },
      /heads of 8 numbers, not a multiple of 16/,
    ],
    ["a fractional context", { "llama.context_length": { type: "float32", value: 0.5 } }, /contextLength must be an integer ≥ 1, got 0.5/],
  ])("a file with %s", async (_, changes, message) => {
    const place = path.join(folder, "wrong.gguf");
    await writeGguf(place, tensors, { ...metadata, ...changes });
    await expect(Decoder.load(place)).rejects.toThrow(message);
  });
});
