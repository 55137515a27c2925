/** Safetensors: files of the real library read right (fixtures made by make-fixtures.py), our own come back, and broken ones are named. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openSafetensors, writeSafetensors, type CheckpointTensor } from "../../kernel-helpers/checkpoints/index.ts";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../kernel-helpers/runtime/half.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-safetensors-"));
const file = path.join(folder, "some.safetensors");
const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;
afterAll(() => rmSync(folder, { recursive: true }));

describe("reading what Python's safetensors wrote", () => {
  test("every type has PyTorch's values as float32", async () => {
    await using given = await openSafetensors(fixture("types.safetensors"));
    await using expected = await openSafetensors(fixture("expected.safetensors"));
    expect(given.metadata).toEqual({ "made by": "safetensors" });
    expect(given.names.toSorted()).toEqual(expected.names.toSorted());
    expect(given.names).toHaveLength(21);
    for (const name of given.names) {
      expect([...(await given.readFloat32(name))], name).toEqual([...(await expected.readFloat32(name))]);
      expect(given.info(name).shape).toEqual(expected.info(name).shape);
    }
  });
});

describe("half precision", () => {
  const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

  test.each([
    { name: "float16", decode: fromFloat16, encode: toFloat16 },
    { name: "bfloat16", decode: fromBfloat16, encode: toBfloat16 },
  ])("every $name comes back from float32", ({ decode, encode }) => {
    const decoded = decode(patterns);
    const back = encode(decoded);
    for (const bits of patterns) {
      if (Number.isNaN(decoded[bits])) expect(decode(back.slice(bits, bits + 1))[0]).toBeNaN();
      else expect(back[bits]).toBe(bits);
    }
  });

  test.each([
    { name: "float16", decode: fromFloat16, encode: toFloat16 },
    { name: "bfloat16", decode: fromBfloat16, encode: toBfloat16 },
  ])("a float32 is rounded to the nearest $name", ({ decode, encode }) => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -60_000, max: 60_000 }), (number) => {
        const bits = encode(Float32Array.of(number))[0]!;
        const neighbours = [bits - 1, bits, bits + 1].filter((candidate) => (candidate & 0x7fff) !== 0x7fff && candidate >= 0);
        const errors = [...decode(Uint16Array.from(neighbours))].map((value) => Math.abs(value - number));
        expect(Math.abs(decode(Uint16Array.of(bits))[0]! - number)).toBe(Math.min(...errors.filter(Number.isFinite)));
      }),
      { numRuns: 1000 },
    );
  });

  test("ties go to even, and what is too large becomes infinite", () => {
    expect([...toFloat16(Float32Array.of(2049, 2051, 65_519, 65_520, -1e9))]).toEqual([0x6800, 0x6802, 0x7bff, 0x7c00, 0xfc00]);
    expect([...toBfloat16(Float32Array.of(257, 259))]).toEqual([0x4380, 0x4382]);
  });
});

describe("writing", () => {
  const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text !== "__metadata__" && text !== "__proto__");
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
  const size = (sizes: readonly number[]): number => sizes.reduce((product, length) => product * length, 1);
  const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
  const aligned = (data: Uint8Array): ArrayBuffer => Uint8Array.from(data).buffer;
  const tensor: fc.Arbitrary<CheckpointTensor> = shape.chain((sizes) =>
    fc.oneof(
      bytes(size(sizes)).map((data) => ({ dtype: "U8" as const, shape: sizes, data })),
      bytes(2 * size(sizes)).map((data) => ({ dtype: "BF16" as const, shape: sizes, data: new Uint16Array(aligned(data)) })),
      bytes(4 * size(sizes)).map((data) => ({ dtype: "I32" as const, shape: sizes, data: new Int32Array(aligned(data)) })),
      bytes(8 * size(sizes)).map((data) => ({ dtype: "I64" as const, shape: sizes, data: new BigInt64Array(aligned(data)) })),
    ),
  );

  test("what was written is read, whatever the names, types and shapes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, tensor), fc.dictionary(name, fc.string()), async (tensors, metadata) => {
        await writeSafetensors(file, tensors, metadata);
        await using back = await openSafetensors(file);
        expect(back.metadata).toEqual({ ...metadata });
        expect(back.names.toSorted()).toEqual(Object.keys(tensors).toSorted());
        for (const [key, given] of Object.entries(tensors)) expect(await back.read(key)).toEqual(given);
      }),
    );
  });

  test("each tensor lies at a multiple of its element's size", async () => {
    const data = Uint8Array.of(1, 2, 3);
    await writeSafetensors(file, {
      a: { dtype: "U8", shape: [3], data },
      b: { dtype: "F64", shape: [1], data: Float64Array.of(1) },
      c: { dtype: "F16", shape: [1], data: Float32Array.of(0.5) },
    });
    await using back = await openSafetensors(file);
    expect(back.names).toEqual(["b", "c", "a"]);
    expect(back.info("b").offset % 8).toBe(0);
    expect([...(await back.readFloat32("c"))]).toEqual([0.5]);
  });

  const w = { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) };
  const refused: [tensors: unknown, metadata: unknown, message: string][] = [
    [{ w }, { steps: 3 }, 'metadata["steps"] must be a string, got 3\n  hint: the format keeps text only: use String(value)'],
    [{ w }, { "\ud800": "a" }, "a key of metadata must be Unicode text"],
    [{ w }, [], "metadata must be a plain object, got []"],
    [{ w: { ...w, shape: [1.5, 2] } }, {}, 'tensors["w"].shape[0] must be an integer ≥ 0, got 1.5'],
    [{ w: { ...w, shape: [-1, -2] } }, {}, 'tensors["w"].shape[0] must be an integer ≥ 0, got -1'],
    [{ w: { ...w, shape: [NaN] } }, {}, 'tensors["w"].shape[0] must be an integer ≥ 0, got NaN'],
    [{ w: { ...w, shape: "2" } }, {}, 'tensors["w"].shape must be an array, got "2"'],
    [{ w: { ...w, dtype: "f32" } }, {}, 'got "f32"\n  hint: did you mean "F32"?'],
    [{ w: { ...w, data: [1, 2] } }, {}, 'tensors["w"].data must be a Float32Array for F32, got an array of 2'],
    [{ w: { ...w, data: null } }, {}, 'tensors["w"].data must be a Float32Array for F32, got null'],
    [{ w: null }, {}, 'tensors["w"] must be a plain object, got null'],
    [{ "\udc00": w }, {}, "a name in tensors must be Unicode text"],
    [{ __metadata__: w }, {}, 'a tensor must not be named "__metadata__"'],
    [new Map([["w", w]]), {}, "tensors must be a plain object, got a Map"],
    [{ w }, { long: "x".repeat(100_000_001) }, "names and metadata take 100000"],
  ];

  test("a tensor that does not fit its shape or type, or that no reader would open, leaves the old file as it was", async () => {
    writeFileSync(file, "old");
    const data = Float32Array.of(1, 2, 3);
    await expect(writeSafetensors(file, { w: { dtype: "F32", shape: [2, 2], data } })).rejects.toThrow(
      'tensor "w" has 3 elements, its shape (2, 2) holds 4\n  hint: pass the shape of the data',
    );
    await expect(writeSafetensors(file, { w: { dtype: "I32", shape: [3], data } })).rejects.toThrow(
      'tensors["w"].data must be an Int32Array for I32, got a Float32Array of 3',
    );
    for (const [tensors, metadata, message] of refused) {
      await expect(writeSafetensors(file, tensors as never, metadata as never)).rejects.toThrow(message);
      await expect(writeSafetensors(file, tensors as never, metadata as never)).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    }
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["some.safetensors"]);
  });
});

describe("broken files", () => {
  const written = (header: string, data: number[] = [], length = Buffer.byteLength(header)): string => {
    const start = Buffer.alloc(length < 0 ? 0 : 8); // -1: the data alone
    if (length >= 0) start.writeBigUInt64LE(BigInt(length));
    writeFileSync(file, Buffer.concat([start, Buffer.from(header), Buffer.from(data)]));
    return file;
  };
  const tensor = (entry: object): string => JSON.stringify({ w: { dtype: "U8", shape: [2], data_offsets: [0, 2], ...entry } });

  test.each([
    ["an empty header", "", undefined, 0, /its header is not JSON/],
    ["no JSON", "{oops", undefined, 5, /its header is not JSON/],
    ["an array", "[1, 2, 3]", undefined, 9, /its header is not a JSON object/],
    ["a cut header", "{}", undefined, 50, /it has 10 bytes, and its header needs 58/],
    ["an absurd length", "{}", undefined, 2 ** 40, /its header would have 1099511627776 bytes\n/],
    [
      "a Git LFS pointer",
      "",
      [...Buffer.from("version https://git-lfs.github.com/spec/v1\n")],
      -1,
      /; it is a Git LFS pointer: git lfs pull/,
    ],
    ["a PyTorch file", "", [...Buffer.from("PK\x03\x04\x00\x00\x08\x08archive/data.pkl")], -1, /; it looks like a zip archive/],
    ["a negative size", tensor({ shape: [-2] }), [1, 2], 0, /tensor "w" has -2 in "shape", where only digits are allowed/],
    ["offsets the wrong way", tensor({ data_offsets: [2, 0] }), [1, 2], 0, /tensor "w" has the offsets \[2,0\]/],
    ["another size than the shape's", tensor({ shape: [3] }), [1, 2], 0, /tensor "w" of type U8 and shape \(3\) takes 3 bytes, not 2/],
    ["half a byte", tensor({ dtype: "F4", shape: [3] }), [1, 2], 0, /tensor "w" of type F4 and shape \(3\) does not end at a whole byte/],
    ["a hole", tensor({ data_offsets: [1, 3] }), [1, 2, 3], 0, /tensor "w" starts at byte \d+, expected \d+/],
    ["cut data", tensor({}), [1], 0, /it has \d+ bytes, and its tensors need \d+/],
    ["data of no tensor", tensor({}), [1, 2, 3, 4], 0, /2 bytes after the last tensor belong to none/],
    ["metadata of numbers", '{"__metadata__":{"a":1}}', undefined, 0, /its __metadata__ is not an object of strings/],
    ["a size with a point", tensor({}).replace("[2]", "[2.0]"), [1, 2], 0, /tensor "w" has 2.0 in "shape", where only digits are allowed/],
    ["a type that is there twice", '{"w":{"dtype":"U8","dtype":"U8"}}', undefined, 0, /tensor "w" has "dtype" twice/],
    ["a lone surrogate", '{"\\ud800":{}}', undefined, 0, /a string in its header has half of a surrogate pair/],
  ])("%s is a FormatError that says so", async (_, header, data, length, message) => {
    const error = await openSafetensors(written(header, data, length || undefined)).catch((reason: unknown) => reason);
    expect((error as Error).name).toBe("FormatError");
    expect((error as Error).message).toMatch(message);
    expect(error).toMatchObject({ code: "ERR_FORMAT", facts: { file: "some.safetensors" } });
  });

  test("a tensor of a type nobody knows leaves the others readable", async () => {
    const entries = {
      a: { dtype: "U8", shape: [2], data_offsets: [0, 2] },
      b: { dtype: "F7", shape: [3], data_offsets: [2, 5] },
      c: { dtype: "F4", shape: [2, 2], data_offsets: [5, 7] },
    };
    await using opened = await openSafetensors(written(JSON.stringify(entries), [1, 2, 3, 4, 5, 6, 7]));
    expect([...(await opened.readFloat32("a"))]).toEqual([1, 2]);
    expect(opened.info("b")).toMatchObject({ dtype: "F7", shape: [3] });
    expect([...(await opened.readBytes("b")), ...(await opened.readBytes("c"))]).toEqual([3, 4, 5, 6, 7]);
    await expect(opened.readFloat32("b")).rejects.toThrow(
      'tensor "b" of some.safetensors has the type F7, which cannot be read as numbers\n  hint: readBytes("b") returns its bytes; types',
    );
    await expect(opened.read("c")).rejects.toMatchObject({ code: "ERR_DTYPE", facts: { tensor: "c", dtype: "F4" } });
  });

  test("a file that is not there, and a folder without a checkpoint, are named", async () => {
    await expect(openSafetensors(path.join(folder, "none.safetensors"))).rejects.toMatchObject({
      code: "ERR_UNAVAILABLE",
      facts: { file: path.join(folder, "none.safetensors"), reason: "ENOENT" },
    });
    await expect(openSafetensors(folder)).rejects.toThrow(`${folder} has neither model.safetensors nor model.safetensors.index.json`);
    await expect(openSafetensors(null as never)).rejects.toThrow("place must be a string, got null");
  });

  test("a file cut anywhere is refused before a tensor is read", async () => {
    await writeSafetensors(file, { w: { dtype: "F32", shape: [4], data: Float32Array.of(1, 2, 3, 4) } });
    const whole = readFileSync(file);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      await expect(openSafetensors(file)).rejects.toThrow(/is not a complete safetensors file/);
    }
  });

  test("an unknown tensor is an error that names some", async () => {
    await using checkpoint = await openSafetensors(fixture("expected.safetensors"));
    expect(() => checkpoint.info("F17")).toThrow(/expected\.safetensors has no tensor "F17"\n {2}hint: it has 21, such as /);
  });

  test("a closed file says so", async () => {
    const checkpoint = await openSafetensors(fixture("expected.safetensors"));
    await checkpoint.close();
    await expect(checkpoint.read("F32")).rejects.toThrow("expected.safetensors is closed\n  hint: read before close()");
  });
});
