/** GGUF against llama.cpp's own Python package: what it wrote is read bit for bit, and what we write it reads and would have written. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openGguf, writeGguf, type GgufDType } from "../../kernel-helpers/checkpoints/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { askPeer } from "./ask-peer.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-gguf-"));
afterAll(() => rmSync(folder, { recursive: true }));

const random = createRandom(1);
const gaussian = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const bitsOf = (values: Float32Array): number[] => [...new Uint32Array(values.buffer)];

describe("a file that gguf wrote", () => {
  const types: GgufDType[] = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"];
  const file = path.join(folder, "theirs.gguf");
  const meant = askPeer("gguf_files.py", { do: "write", file, types }) as Record<string, number[]>;
  const ours = openGguf(file);
  afterAll(() => ours.close());

  test.each(types)("%s is dequantised to the same bits", (dtype) => {
    expect(ours.info(`blk.${dtype}.weight`).dtype).toBe(dtype);
    expect(bitsOf(ours.readFloat32(`blk.${dtype}.weight`))).toEqual(meant[dtype]);
  });

  test("F16 and the row-major shape", () => {
    expect(ours.info("half")).toMatchObject({ dtype: "F16", shape: [3, 5] });
    expect(bitsOf(ours.readFloat32("half"))).toEqual(meant["F16"]);
  });

  test("metadata of all kinds", () => {
    const value = (key: string): unknown => ours.metadata[key]?.value;
    expect(ours.text("general.architecture")).toBe("llama");
    expect([value("test.count"), value("test.large"), value("test.third"), value("test.yes"), value("test.text")]).toEqual([
      2 ** 32 - 1,
      2n ** 60n + 1n,
      Math.fround(1 / 3),
      true,
      "汉字 and 😀",
    ]);
    expect([ours.list("test.words"), ours.list("test.numbers")]).toEqual([
      ["a", "", "ü"],
      [1, -2, 3],
    ]);
  });
});

describe("a file of ours", () => {
  const values = Float32Array.from([
    ...gaussian(96),
    ...new Float32Array(32),
    ...gaussian(64).map((value) => value * 1e-6),
    ...gaussian(64).map((value) => value * 1e4),
  ]);
  const types: GgufDType[] = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q8_0"];

  test("has the bytes that gguf would have written, and is read by it", async () => {
    const file = path.join(folder, "ours.gguf");
    await writeGguf(file, Object.fromEntries(types.map((dtype) => [dtype, { dtype, shape: [2, values.length / 2], data: values }])), {
      "general.architecture": { type: "string", value: "llama" },
      "llama.block_count": { type: "uint32", value: 30 },
      "tokenizer.ggml.tokens": { type: "array", of: "string", value: ["<s>", "汉", ""] },
      "tokenizer.ggml.scores": { type: "array", of: "float32", value: [0.5, -1, 2] },
    });
    const expected = askPeer("gguf_files.py", { do: "quantize", values: [...values], types }) as Record<string, number[]>;
    type Read = { fields: Record<string, unknown>; tensors: Record<string, { type: string; shape: number[]; bytes: number[] }> };
    const read = askPeer("gguf_files.py", { do: "read", file }) as Read;
    for (const dtype of types) expect(read.tensors[dtype]).toEqual({ type: dtype, shape: [2, values.length / 2], bytes: expected[dtype] });
    expect(read.fields).toMatchObject({
      "GGUF.version": 3,
      "general.architecture": "llama",
      "llama.block_count": 30,
      "tokenizer.ggml.tokens": ["<s>", "汉", ""],
      "tokenizer.ggml.scores": [0.5, -1, 2],
    });
  });
});
