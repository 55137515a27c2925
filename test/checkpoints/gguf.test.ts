import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  dequantize,
  openGguf,
  quantize,
  unpack,
  writeGguf,
  type GgufInput,
  type GgufMetadata,
} from "../../kernel-helpers/checkpoints/index.ts";
import { ArgumentError, ClosedError, FormatError, OutOfRangeError } from "../../kernel-helpers/errors.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-gguf-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, "small.gguf");
const ramp = Float32Array.from({ length: 64 }, (_, index) => (index - 20) / 8);
const tensors: Record<string, GgufInput> = {
  "token_embd.weight": { dtype: "Q8_0", shape: [2, 32], data: ramp },
  "norm.weight": { dtype: "F32", shape: [3], data: Float32Array.of(1, 2, 3) },
  scalar: { dtype: "F16", shape: [], data: Float32Array.of(0.1) },
};
const metadata: GgufMetadata = {
  "general.architecture": { type: "string", value: "llama" },
  "llama.block_count": { type: "uint32", value: 2 },
  "general.size": { type: "uint64", value: 2n ** 63n },
  words: { type: "array", of: "string", value: ["a", "汉"] },
};

beforeAll(() => writeGguf(file, tensors, metadata));

describe("a file written and read", () => {
  test("has the same tensors and metadata", () => {
    const read = openGguf(file);
    expect(read.names).toEqual(Object.keys(tensors));
    expect(read.metadata).toEqual(metadata);
    expect([...read.readFloat32("norm.weight")]).toEqual([1, 2, 3]);
    expect(read.readFloat32("scalar")[0]).toBe(0.0999755859375); // the nearest float16
    expect(Math.max(...read.readFloat32("token_embd.weight").map((value, index) => Math.abs(value - ramp[index]!)))).toBeLessThan(
      5.5 / 127,
    );
    read.close();
  });

  test("copied block by block is the same file", async () => {
    const read = openGguf(file);
    const copy = path.join(folder, "copy.gguf");
    await writeGguf(copy, Object.fromEntries(read.names.map((name) => [name, read.read(name)])), read.metadata);
    read.close();
    expect(readFileSync(copy)).toEqual(readFileSync(file));
  });

  test("leaves no draft behind", () => expect(readdirSync(folder).filter((name) => name.includes("draft"))).toEqual([]));
});

test("a name that is not there is answered with the nearest, and a closed file with ClosedError", () => {
  const read = openGguf(file);
  expect(() => read.info("token_embed.weight")).toThrow(
    new ArgumentError('small.gguf has no tensor "token_embed.weight"', { hint: 'did you mean "token_embd.weight"?' }),
  );
  expect(() => read.number("llama.context_length")).toThrow(/does not say "llama.context_length"/);
  expect(() => read.number("general.architecture")).toThrow(/"general.architecture" of small.gguf must be a number, got "llama"/);
  read.close();
  expect(() => read.read("norm.weight")).toThrow(ClosedError);
});

test("rows of a matrix are those of the whole, and a row beyond it is refused", () => {
  const read = openGguf(file);
  const whole = read.readFloat32("token_embd.weight");
  expect(read.readRows("token_embd.weight", [1, 0, 1])).toEqual(
    Float32Array.of(...whole.slice(32), ...whole.slice(0, 32), ...whole.slice(32)),
  );
  expect(() => read.readRows("token_embd.weight", [2])).toThrow(OutOfRangeError);
  read.close();
});

test("numbers become the blocks of a type: its scale as a half, then the integers", () => {
  const values = new Float32Array(32);
  values.set([127, -1, 0.6, -126.5]);
  // The scale is 127 / 127 = 1, which is 0x3c00; halves are rounded away from zero.
  expect([...quantize("Q8_0", values)]).toEqual([0x00, 0x3c, 127, 255, 1, 129, ...Array<number>(28).fill(0)]);
  expect(
    dequantize(
      "Q4_0",
      quantize(
        "Q4_0",
        values.map((value) => value / 127),
      ),
      32,
    )[0],
  ).toBe(1); // the largest lies on the grid
});

describe("a file that is not complete", () => {
  const broken = path.join(folder, "broken.gguf");
  const openBytes = (bytes: Uint8Array): string => {
    writeFileSync(broken, bytes);
    try {
      openGguf(broken).close();
      return "opened";
    } catch (error) {
      return error instanceof FormatError ? "refused" : String(error);
    }
  };

  test("cut anywhere, it is refused", () => {
    const whole = readFileSync(file);
    const lengths = Array.from({ length: 60 }, (_, index) => Math.floor((index * (whole.length - 33)) / 60));
    expect(lengths.map((length) => openBytes(whole.subarray(0, length)))).toEqual(lengths.map(() => "refused"));
  });

  test("with any byte changed, it is refused or opened, and nothing else happens", () => {
    const whole = readFileSync(file);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(whole);
        changed[at] = byte;
        expect(["refused", "opened"]).toContain(openBytes(changed));
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["another format", new TextEncoder().encode("PK\u0003\u0004 a zip archive of some length")],
    [
      "a length of 2⁶³",
      Uint8Array.from([...new TextEncoder().encode("GGUF"), 3, 0, 0, 0, ...Array<number>(7).fill(0), 128, ...Array<number>(8).fill(0)]),
    ],
  ])("%s is refused", (_, bytes) => expect(openBytes(bytes)).toBe("refused"));
});

describe("what cannot be written", () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      "a type that has no quantiser",
      { dtype: "Q4_K", shape: [256], data: new Float32Array(256) },
      /cannot be written as Q4_K from float32/,
    ],
    [
      "rows that are not whole blocks",
      { dtype: "Q8_0", shape: [32, 2], data: new Float32Array(64) },
      /rows of "w" have 2 numbers, and Q8_0 has blocks of 32/,
    ],
    [
      "a shape of other data",
      { dtype: "F32", shape: [3], data: new Float32Array(4) },
      /tensors\["w"\].data must be 3 numbers, as its shape \(3\) needs, got a Float32Array of 4/,
    ],
    [
      "a fractional shape",
      { dtype: "F32", shape: [1.5, 2], data: new Float32Array(3) },
      /tensors\["w"\].shape\[0\] must be an integer ≥ 1, got 1.5/,
    ],
    ["an unknown type", { dtype: "q8_0", shape: [32], data: new Float32Array(32) }, /did you mean "Q8_0"/],
  ])("%s", async (_, tensor, message) => {
    await expect(writeGguf(path.join(folder, "never.gguf"), { w: tensor as unknown as GgufInput }, {})).rejects.toThrow(message);
    expect(readdirSync(folder)).not.toContain("never.gguf");
  });
});

describe("what is not what it must be", () => {
  test("a wrong path, a missing file and a folder are named", () => {
    expect(() => openGguf(null as never)).toThrow(ArgumentError);
    expect(() => openGguf(path.join(folder, "none.gguf"))).toThrow(/none.gguf does not exist/);
    expect(() => openGguf(folder)).toThrow(/is a folder, not a file/);
  });

  test("rows are those of a matrix", () => {
    using read = openGguf(file);
    expect(() => read.readRows("norm.weight", [0])).toThrow(/"norm.weight" of shape \(3\) is not a matrix/);
    expect(() => read.readRows("token_embd.weight", null as never)).toThrow(/rows must be an array of integers, got null/);
    expect(() => read.readRows("token_embd.weight", [2])).toThrow(OutOfRangeError);
    expect(() => read.info(null as never)).toThrow(/name must be a string, got null/);
  });

  test("blocks are as many as the numbers take", () => {
    expect(() => dequantize("Q8_0", new Uint8Array(33), 32)).toThrow(/data must be 34 bytes, as 32 numbers of Q8_0 take/);
    expect(() => unpack("Q8_0", new Uint8Array(33), 32)).toThrow(/data must be 34 bytes, as 32 numbers of Q8_0 take/);
    expect(() => unpack("F16" as never, new Uint8Array(2), 1)).toThrow(/dtype must be one of "Q4_0"/);
    expect(() => dequantize("Q8_O" as never, new Uint8Array(34), 32)).toThrow(/did you mean "Q8_0"/);
    expect(() => dequantize("Q8_0", new Uint8Array(34), -1)).toThrow(/elements must be an integer ≥ 0, got -1/);
    expect(() => quantize("Q8_0", new Float32Array(33))).toThrow(
      /values must be a multiple of 32 numbers, the block of Q8_0, got a Float32Array of 33/,
    );
    expect(() => quantize("Q4_K", new Float32Array(256))).toThrow(/dtype must be one of "F32", "F16"/);
    expect(() => quantize("F32", [1] as never)).toThrow(/values must be a Float32Array, got an array of 1/);
  });

  test.each<[string, unknown, RegExp]>([
    ["300 as uint8", { type: "uint8", value: 300 }, /metadata\["k"\].value must be an integer ≥ 0 and ≤ 255, got 300/],
    ["-1 as uint64", { type: "uint64", value: -1 }, /≥ 0 and ≤ 18446744073709551615, got -1/],
    ["2^53 as a number", { type: "int64", value: 2 ** 53 }, /got 9007199254740992[^]*bigint/],
    ["half as int32", { type: "int32", value: 0.5 }, /got 0.5/],
    ["text as bool", { type: "bool", value: "no" }, /true or false, got "no"/],
    ["text as float32", { type: "float32", value: "abc" }, /a number, got "abc"/],
    ["half a surrogate pair", { type: "string", value: "\ud800" }, /Unicode text/],
    ["an unknown type", { type: "uint9", value: 1 }, /did you mean "uint8"/],
    ["no array", { type: "array", of: "int32", value: 1 }, /metadata\["k"\].value must be an array, got 1/],
    ["a text among numbers", { type: "array", of: "int32", value: [1, "2"] }, /value\[1\] must be an integer/],
  ])("metadata that its type cannot hold, %s, is refused", async (_, field, message) => {
    await expect(writeGguf(path.join(folder, "never.gguf"), {}, { k: field as never })).rejects.toThrow(message);
    expect(readdirSync(folder)).not.toContain("never.gguf");
  });
});

test("a string that begins with a byte-order mark keeps it", async () => {
  const marked = path.join(folder, "marked.gguf");
  await writeGguf(marked, {}, { token: { type: "string", value: "\ufeff" } });
  using read = openGguf(marked);
  expect(read.text("token")).toBe("\ufeff");
});
