/** The reader beside the reference implementation: it opens what that opens, refuses what that refuses, and what we write is read there. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openSafetensors, writeSafetensors, type CheckpointDType, type CheckpointTensor } from "../../kernel-helpers/checkpoints/index.ts";
import { askPeer } from "./ask-peer.ts";

type Read = [name: string, dtype: string, shape: number[], hex: string][] | null;

const folder = mkdtempSync(path.join(tmpdir(), "cairn-parity-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

const theirs = (files: readonly string[]): Read[] => askPeer("checkpoints.py", files) as Read[];

async function ours(file: string): Promise<Read> {
  const opened = await openSafetensors(file).catch((error: unknown) => {
    expect(error).toMatchObject({ code: "ERR_FORMAT" });
  });
  if (!opened) return null;
  const read: [string, string, number[], string][] = [];
  for (const name of opened.names) {
    const { dtype, shape } = opened.info(name);
    read.push([name, dtype, [...shape], Buffer.from(await opened.readBytes(name)).toString("hex")]);
  }
  await opened.close();
  return read.toSorted(([one], [other]) => (one < other ? -1 : 1));
}

let made = 0;
function written(header: string | Buffer, data: string | Buffer = "", length: number = Buffer.byteLength(header)): string {
  const file = path.join(folder, `${made++}.safetensors`);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(length));
  writeFileSync(file, Buffer.concat([start, Buffer.from(header), Buffer.from(data)]));
  return file;
}

const w = '{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}';
const withField = (from: string, to: string): string => w.replace(from, to);
const two = (a: string, b: string): string => `{"a":{"dtype":"U8",${a}},"b":{"dtype":"U8",${b}}}`;

const odd: [title: string, header: string | Buffer, data?: string, length?: number][] = [
  ["a plain file", w, "ab"],
  ["a space before the header", ` ${w}`, "ab"],
  ["a line feed before the header", `\n${w}`, "ab"],
  ["spaces and a line feed after the header", `${w}  \n`, "ab"],
  ["zeros after the header", `${w}\0\0`, "ab"],
  ["a byte-order mark", `\uFEFF${w}`, "ab"],
  ["invalid UTF-8", Buffer.from(w.replace('"w"', '"\xff"'), "latin1"), "ab"],
  ["one tensor twice", `{"w":${w.slice(5, -1)},"w":${w.slice(5, -1)}}`, "ab"],
  ["one name for two tensors", `{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":${w.slice(5, -1)}}`, "ab"],
  ["__metadata__ twice", '{"__metadata__":{},"__metadata__":{}}'],
  ["a key of metadata twice", '{"__metadata__":{"a":"1","a":"2"}}'],
  ["no metadata, as null", '{"__metadata__":null}'],
  ["a number in metadata", '{"__metadata__":{"a":1}}'],
  ["a list as metadata", '{"__metadata__":[]}'],
  ["text as metadata", '{"__metadata__":"x"}'],
  ["a tensor's shape as metadata", '{"__metadata__":{"shape":"2.0","dtype":"x"}}'],
  ["a field twice", withField('"dtype"', '"dtype":"U8","dtype"'), "ab"],
  ["offsets twice", withField('"shape"', '"data_offsets":[0,2],"shape"'), "ab"],
  ["a further field", withField('"shape"', '"x":{"shape":[1.5,"é"]},"shape"'), "ab"],
  ["half of a surrogate pair in a further field", withField('"shape"', String.raw`"x":"\ud800","shape"`), "ab"],
  ["half of a surrogate pair as a name", withField('"w"', String.raw`"\udc00"`), "ab"],
  ["a surrogate pair as a name", withField('"w"', String.raw`"\ud83d\ude00"`), "ab"],
  ["an empty name", withField('"w"', '""'), "ab"],
  ["the name __proto__", withField('"w"', '"__proto__"'), "ab"],
  ["a size with a point", withField("[2]", "[2.0]"), "ab"],
  ["a size with an exponent", withField("[2]", "[2e0]"), "ab"],
  ["a size of minus zero", withField("[2]", "[-0]").replace("[0,2]", "[0,0]")],
  ["a negative size", withField("[2]", "[-2]"), "ab"],
  ["a size of true", withField("[2]", "[true]"), "ab"],
  ["no shape", withField('"shape":[2],', ""), "ab"],
  ["null as the shape", withField("[2]", "null"), "ab"],
  ["an offset with a point", withField("[0,2]", "[0.0,2]"), "ab"],
  ["three offsets", withField("[0,2]", "[0,2,2]"), "ab"],
  ["offsets the wrong way", withField("[0,2]", "[2,0]"), "ab"],
  ["a number as the type", withField('"U8"', "8"), "ab"],
  ["null as a tensor", '{"w":null}'],
  ["a number as a tensor", '{"w":1}'],
  ["no dimensions", '{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', "abcd"],
  ["a size of 0", '{"w":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}'],
  ["no tensors", "{}"],
  ["no tensors and a byte", "{}", "a"],
  ["no header", ""],
  ["a list", "[1]"],
  ["null", "null"],
  ["two objects", w + w, "ab"],
  ["a comment", `${w}//x`, "ab"],
  ["a trailing comma", `${w.slice(0, -1)},}`, "ab"],
  ["single quotes", w.replaceAll('"', "'"), "ab"],
  ["a header that ends too soon", w, "ab", Buffer.byteLength(w) - 1],
  ["a header that ends too late", w, "ab", Buffer.byteLength(w) + 3],
  ["a header of more than 100 MB", w, "ab", 100_000_001],
  ["a hole before", withField("[0,2]", "[1,3]"), "abc"],
  ["a byte after", w, "abc"],
  ["a byte too few", w, "a"],
  ["an overlap", two('"shape":[2],"data_offsets":[0,2]', '"shape":[2],"data_offsets":[1,3]'), "abc"],
  ["a hole between", two('"shape":[1],"data_offsets":[0,1]', '"shape":[1],"data_offsets":[2,3]'), "abc"],
  ["the same bytes for two", two('"shape":[2],"data_offsets":[0,2]', '"shape":[2],"data_offsets":[0,2]'), "ab"],
  ["an empty tensor at the end of another", two('"shape":[2],"data_offsets":[0,2]', '"shape":[0],"data_offsets":[2,2]'), "ab"],
  ["an empty tensor within another", two('"shape":[2],"data_offsets":[0,2]', '"shape":[0],"data_offsets":[1,1]'), "ab"],
  ["another order than that of the data", two('"shape":[1],"data_offsets":[1,2]', '"shape":[1],"data_offsets":[0,1]'), "ab"],
  ["sizes whose product overflows before a 0", withField("[2]", "[1099511627776,1099511627776,0]").replace("[0,2]", "[0,0]")],
  ["sizes whose product does not", withField("[2]", "[1073741824,1073741824,0]").replace("[0,2]", "[0,0]")],
  ["a size beyond 64 bits", withField("[2]", "[18446744073709551616,0]").replace("[0,2]", "[0,0]")],
  [
    "a tensor that is not aligned",
    '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}',
    "abcde",
  ],
];

/** Bits of an element; what a shape of (n) takes. */
const bits: Record<string, number> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  I64: 64,
  U64: 64,
  C64: 64,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
};
for (const [dtype, size] of Object.entries(bits)) {
  for (const elements of [0, 1, 2, 3, 4]) {
    for (const bytes of new Set([Math.floor((elements * size) / 8), Math.ceil((elements * size) / 8)])) {
      const header = JSON.stringify({ w: { dtype, shape: [elements], data_offsets: [0, bytes] } });
      odd.push([`${elements} elements of ${dtype} in ${bytes} bytes`, header, "x".repeat(bytes)]);
    }
  }
}

describe("a reader as strict and as lenient as the reference", () => {
  const files = odd.map(([, header, data, length]) => written(header, data, length));
  const expected = theirs(files);

  test("both outcomes are among the cases", () => {
    expect(expected.filter((read) => read === null).length).toBeGreaterThan(40);
    expect(expected.filter((read) => read !== null).length).toBeGreaterThan(80);
  });

  test.each(odd.map(([title], index) => [title, index] as const))("%s", async (_, index) => {
    expect(await ours(files[index]!)).toEqual(expected[index]);
  });

  test("but for a type that it does not know: there the other tensors stay readable", async () => {
    const file = written(two('"shape":[1],"data_offsets":[0,1]', '"shape":[1],"data_offsets":[1,2]').replace("U8", "I4"), "ab");
    expect(theirs([file])).toEqual([null]);
    expect(await ours(file)).toEqual([
      ["a", "I4", [1], "61"],
      ["b", "U8", [1], "62"],
    ]);
  });

  test("and sizes above 2^53, which no number of JavaScript counts", async () => {
    const file = written(withField("[2]", "[1152921504606846976,0]").replace("[0,2]", "[0,0]"));
    expect(theirs([file])).toEqual([[["w", "U8", [2 ** 60, 0], ""]]]);
    expect(await ours(file)).toBeNull();
  });
});

test("headers with any one byte changed are opened and refused as there", async () => {
  const header = Buffer.from(
    '{"__metadata__":{"notes":"é, and words of which any letter may change"},"b":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}',
  );
  const changes = fc.record({
    at: fc.nat(header.length - 1),
    byte: fc.oneof(fc.integer({ min: 32, max: 126 }), fc.integer({ min: 0, max: 255 })),
  });
  const files = fc.sample(changes, { numRuns: 600, seed: 3 }).map(({ at, byte }) => {
    const changed = Buffer.from(header);
    changed[at] = byte;
    return written(changed, "abcd");
  });
  const expected = theirs(files);
  for (const [index, file] of files.entries()) {
    const read = await ours(file);
    const isOfUnknownType = expected[index] === null && read?.some(([, dtype]) => !(dtype in bits)) === true;
    expect([file, isOfUnknownType ? null : read]).toEqual([file, expected[index]]);
  }
  expect(expected.filter((read) => read !== null).length).toBeGreaterThan(20);
});

test("what we write is read there: any names, types, shapes and metadata", async () => {
  const text = fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__" && name !== "__proto__");
  const arrays: [CheckpointDType, (bytes: ArrayBuffer) => CheckpointTensor["data"]][] = [
    ["BOOL", (bytes) => new Uint8Array(bytes)],
    ["BF16", (bytes) => new Uint16Array(bytes)],
    ["F32", (bytes) => new Float32Array(bytes)],
    ["U64", (bytes) => new BigUint64Array(bytes)],
  ];
  const tensor = fc
    .record({ kind: fc.nat(3), shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }) })
    .map(({ kind, shape }) => {
      const [dtype, view] = arrays[kind]!;
      return { dtype, shape, data: view(new ArrayBuffer((bits[dtype]! / 8) * shape.reduce((product, size) => product * size, 1))) };
    });
  const samples = fc.sample(fc.record({ tensors: fc.dictionary(text, tensor), metadata: fc.dictionary(text, text) }), {
    numRuns: 200,
    seed: 4,
  });
  const files = samples.map((_, index) => path.join(folder, `ours-${index}.safetensors`));
  for (const [index, { tensors, metadata }] of samples.entries()) await writeSafetensors(files[index]!, tensors, metadata);
  for (const [index, read] of theirs(files).entries()) {
    const given = Object.entries(samples[index]!.tensors).map(([name, { dtype, shape }]) => [name, dtype, shape]);
    const sorted = (list: unknown[][]): unknown[][] => list.toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1));
    expect(sorted(read!.map(([name, dtype, shape]) => [name, dtype, shape]))).toEqual(sorted(given));
  }
});
