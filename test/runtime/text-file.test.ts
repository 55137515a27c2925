/** Text is UTF-8, and what is not is named for what it is. Offsets are those of Python's UnicodeDecodeError. */
import { isUtf8 } from "node:buffer";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../kernel-helpers/errors.ts";
import { decodeUtf8, invalidUtf8, readUtf8 } from "../../kernel-helpers/runtime/text-file.ts";

const poem = "床前明月光，疑是地上霜。";
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
const hex = (digits: string): Buffer => Buffer.from(digits, "hex");
const gbkPoem = "b4b2c7b0c3f7d4c2b9e2a3acd2c9cac7b5d8c9cfcbaaa1a3"; // '床前明月光，疑是地上霜。'.encode('gbk').hex()

describe("bytes that are not UTF-8", () => {
  test.each<[string, Buffer, offset: number, line: number, looksLike: string, encoding: string | undefined]>([
    ["UTF-16 LE with a mark", Buffer.concat([hex("fffe"), utf16(poem)]), 0, 1, "UTF-16 LE text", "utf-16le"],
    ["UTF-16 BE with a mark", Buffer.concat([hex("feff"), utf16(poem).swap16()]), 0, 1, "UTF-16 BE text", "utf-16be"],
    ["UTF-16 LE of English", utf16("hello\nworld"), 0, 1, "UTF-16 LE text", "utf-16le"],
    ["UTF-16 BE of English", utf16("hello\nworld").swap16(), 0, 1, "UTF-16 BE text", "utf-16be"],
    ["UTF-16 LE of Chinese", utf16("举头望明月，低头思故乡。"), 11, 1, "UTF-16 LE text", "utf-16le"],
    ["UTF-16 BE of Chinese", utf16("举头望明月，低头思故乡。").swap16(), 10, 1, "UTF-16 BE text", "utf-16be"],
    ["UTF-32 LE with a mark", hex("fffe000068000000"), 0, 1, "UTF-32 LE text", "utf-32le"],
    ["GBK of a poem", hex(gbkPoem), 0, 1, "GB18030 (GBK) text", "gb18030"],
    ["GBK of two characters", hex("c4e3bac3"), 0, 1, "GB18030 (GBK) text", "gb18030"],
    ["GBK in the second line", Buffer.concat([latin1("id,title\n1,"), hex(gbkPoem)]), 11, 2, "GB18030 (GBK) text", "gb18030"],
    ["Latin-1 of French", latin1("déjà vu, très bien"), 1, 1, "Windows-1252 (Latin-1) text", "windows-1252"],
    ["Latin-1 of one word", latin1("caf\xe9"), 3, 1, "Windows-1252 (Latin-1) text", "windows-1252"],
    ["Windows-1252 quotes", latin1("one\ntwo \x93three\x94"), 8, 2, "Windows-1252 (Latin-1) text", "windows-1252"],
    [
      "Shift_JIS of some sentences",
      hex("8ca28bb282cd94c582c582a082e9814296bc914f82cd82dc82be96b382a28142".repeat(4)),
      0,
      1,
      "Shift_JIS text",
      "shift-jis",
    ],
    ["gzip", gzipSync("hello"), 0, 1, "a gzip archive", undefined],
    ["PNG", hex("89504e470d0a1a0a0000000d"), 0, 1, "a PNG image", undefined],
    ["zip", latin1("PK\x03\x04\x14\0"), 0, 1, "a zip archive", undefined],
    ["PDF", latin1("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), 0, 1, "a PDF document", undefined],
    ["cut UTF-8", Buffer.from(poem).subarray(0, -1), 33, 1, "UTF-8 text that was cut off within a character", undefined],
    ["random bytes", hex("17a3f09c0102e4ff7f0b9d1c"), 1, 1, "binary data", undefined],
  ])("%s", (_, bytes, offset, line, looksLike, encoding) => {
    let error: unknown;
    try {
      decodeUtf8(bytes, "notes.txt");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ code: "ERR_FORMAT", facts: { file: "notes.txt", offset, line, looksLike, encoding } });
    expect((error as Error).message).toContain(`notes.txt is not UTF-8 text: byte 0x`);
  });

  test("say where and what to do", () => {
    expect(() => decodeUtf8(latin1("caf\xe9\n"), "menu.txt")).toThrow(
      'menu.txt is not UTF-8 text: byte 0xE9 at offset 3, line 1; it looks like Windows-1252 (Latin-1) text\n  hint: save it as UTF-8, or decode it yourself: new TextDecoder("windows-1252").decode(await readFile(file))',
    );
  });

  test("are found where Node finds them, and at the first byte of what is wrong", () => {
    const some = fc.uint8Array({ maxLength: 12 });
    const near = fc.tuple(fc.string({ unit: "binary" }), some).map(([text, tail]) => Buffer.concat([Buffer.from(text), tail]));
    fc.assert(
      fc.property(fc.oneof(some, near), (bytes) => {
        const offset = invalidUtf8(bytes);
        expect(offset === undefined).toBe(isUtf8(bytes));
        if (offset !== undefined) expect(isUtf8(bytes.subarray(0, offset))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

test("every well-formed text is read as it is, without its byte-order mark", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      fc.pre(!text.startsWith("\uFEFF") && !/\0/.test(text));
      expect(decodeUtf8(Buffer.from(text), "a")).toBe(text);
      expect(decodeUtf8(Buffer.from(`\uFEFF${text}`), "a")).toBe(text);
    }),
  );
});

test("a file that is not there is an error that names it", async () => {
  await expect(readUtf8("none.txt")).rejects.toThrow("none.txt does not exist\n  hint: check the path");
  await expect(readUtf8("none.txt")).rejects.toMatchObject({ code: "ERR_UNAVAILABLE", facts: { file: "none.txt", reason: "ENOENT" } });
  await expect(readUtf8(7 as never)).rejects.toThrow("file must be a string, got 7");
});
