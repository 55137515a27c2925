import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readPth } from "../../kernel-helpers/checkpoints/index.ts";
import { readPickle } from "../../kernel-helpers/checkpoints/pth/pickle.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-pth-"));
afterAll(() => rmSync(folder, { recursive: true }));

const latin = (text: string): Buffer => Buffer.from(text, "latin1");
const read = (program: string): unknown => readPickle(latin(program), 0, { names: {} }).value;

/** A checkpoint whose object is described by the program, with a storage "0" of three float32 numbers: 1, 2, 3. */
function checkpoint(program: string, keys = "\x80\x02]q\x00X\x01\x00\x00\x000a."): Buffer {
  const storage = Buffer.alloc(8 + 12);
  storage.writeBigInt64LE(3n);
  [1, 2, 3].forEach((each, index) => storage.writeFloatLE(each, 8 + 4 * index));
  return Buffer.concat([
    latin("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."),
    latin("\x80\x02M\xe9\x03."),
    latin("\x80\x02}X\x0d\x00\x00\x00little_endian\x88s."),
    latin(program),
    latin(keys),
    storage,
  ]);
}
const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
/** {"w": a tensor of the storage, with the offset, shape (n,) and stride.} */
const tensorProgram = (offset: number, size: number, stride: number, type = "FloatStorage"): string =>
  `\x80\x02}${text("w")}ctorch._utils\n_rebuild_tensor_v2\n((${text("storage")}ctorch\n${type}\n${text("0")}${text("cpu")}K\x03NtQK${String.fromCharCode(offset)}K${String.fromCharCode(size)}\x85K${String.fromCharCode(stride)}\x85\x89}tRs.`;
const reading = (bytes: Buffer): ReturnType<typeof readPth> => {
  const file = path.join(folder, "w.pth");
  writeFileSync(file, bytes);
  return readPth(file);
};

describe("a pickle", () => {
  // Python 3.11: pickle.dumps(value, protocol=2)
  test.each([
    ["\x80\x02]q\x00(K\x01M\x00\x01J\xff\xff\xff\xffG?\xf8\x00\x00\x00\x00\x00\x00e.", [1, 256, -1, 1.5]],
    ["\x80\x02X\x06\x00\x00\x00\xe4\xb8\xad\xe6\x96\x87q\x00.", "中文"],
    ["\x80\x02\x88\x89N\x87q\x00.", [true, false, null]],
    ["\x80\x02\x8a\x06\x00\x00\x00\x00\x00\xff.", -(2 ** 40)],
    ["\x80\x02]q\x00(h\x00e.", undefined],
  ])("%j is read as Python reads it", (program, expected) => {
    const value = read(program);
    if (expected === undefined) expect(value).toBe((value as unknown[])[0]); // a list that holds itself
    else expect(value).toEqual(expected);
  });

  test.each([
    ["cos\nsystem\n(X\x02\x00\x00\x00lstR.", "it names os.system, which is not a tensor"],
    ["c__builtin__\neval\n.", "it names __builtin__.eval"],
    ["cconstructor\nname\n.", "it names constructor.name"],
    ["K\x01K\x02R.", "it calls what is not a function"],
    ["\x80\x04.", "it is of a protocol above 2"],
    ["i", "it has the opcode 0x69"],
    ["X\xff\xff\x00\x00a.", "it ends in the middle"],
    ["h\x05.", "it recalls what it has not kept"],
    [".", "it takes what is not there"],
    ["K\x01K\x02a.", "it fills what is not a list"],
  ])("%j is refused: %s", (program, message) => {
    expect(() => read(program)).toThrow(message);
  });
});

describe("readPth", () => {
  test("reads a view of a storage by its strides", async () => {
    expect((await reading(checkpoint(tensorProgram(0, 2, 2))))["w"]).toEqual({ dtype: "F32", shape: [2], data: Float32Array.of(1, 3) });
    expect((await reading(checkpoint(tensorProgram(1, 2, 1))))["w"]!.data).toEqual(Float32Array.of(2, 3));
  });

  test.each([
    ["reaches beyond its storage", tensorProgram(2, 2, 1)],
    ["reaches beyond its storage", tensorProgram(0, 200, 0)],
    ["names torch.QUInt8Storage, which is not a tensor", tensorProgram(0, 1, 1, "QUInt8Storage")],
  ])("refuses a tensor that %s", async (message, program) => {
    await expect(reading(checkpoint(program))).rejects.toThrow(message);
  });

  test("refuses what is not a dictionary of tensors", async () => {
    await expect(reading(checkpoint("\x80\x02K\x01.", "\x80\x02]."))).rejects.toThrow("it is not a dictionary of tensors");
  });

  test("refuses a file that is cut short, another file, and none", async () => {
    const whole = checkpoint(tensorProgram(0, 3, 1));
    await expect(reading(whole.subarray(0, -1))).rejects.toThrow("it is cut short");
    await expect(reading(whole.subarray(0, 60))).rejects.toThrow("w.pth is not an old PyTorch checkpoint of tensors");
    await expect(reading(Buffer.from("hello"))).rejects.toThrow(/ERR|not an old PyTorch checkpoint/);
    await expect(readPth(path.join(folder, "none.pth"))).rejects.toThrow("does not exist");
  });
});
