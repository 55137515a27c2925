/** Encoding and decoding: GPT-2's ids are tiktoken's, gpt-3-encoder's and gpt-tokenizer's; every text comes back. */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { encode as encodeWithGpt3Encoder } from "gpt-3-encoder";
import { encode as encodeWithGptTokenizer } from "gpt-tokenizer/encoding/r50k_base";
import { beforeAll, describe, expect, test } from "vitest";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { anyText, texts, wellFormed } from "./texts.ts";

const tiktokenIds = JSON.parse(readFileSync("test/tokenizer/fixtures/gpt2-ids.json", "utf8")) as number[][];

let gpt2: BpeTokenizer;
beforeAll(async () => {
  gpt2 = await BpeTokenizer.fromPretrained("gpt2");
});

describe("gpt2", () => {
  test.each(texts.map((text, index) => [text, tiktokenIds[index]!] as const))("encodes %j as tiktoken does", (text, ids) => {
    expect([...gpt2.encode(text)]).toEqual(ids);
  });

  test.each(texts)("decodes %j to the same text", (text) => {
    expect(gpt2.decode(gpt2.encode(text))).toBe(wellFormed(text));
  });

  // JavaScript's \s, which both use, differs from Unicode's white space in U+0085 and U+FEFF; tiktoken has Unicode's.
  const sameWhiteSpace = (text: string): boolean => !/[\u0085\ufeff]/.test(text);

  test("encodes as gpt-3-encoder and gpt-tokenizer do", () => {
    for (const text of texts.filter(sameWhiteSpace)) {
      expect([text, ...gpt2.encode(text)]).toEqual([text, ...encodeWithGpt3Encoder(text)]);
      if (wellFormed(text) === text)
        expect([text, ...gpt2.encode(text)]).toEqual([text, ...encodeWithGptTokenizer(text, { disallowedSpecial: new Set() })]);
    }
  });

  test("encodes any text as gpt-tokenizer does", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(sameWhiteSpace(text) && wellFormed(text) === text && !text.includes("<|"));
        expect([...gpt2.encode(text)]).toEqual(encodeWithGptTokenizer(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("gives back any text, with U+FFFD for lone surrogates", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(gpt2.decode(gpt2.encode(text))).toBe(wellFormed(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("shows the tokens of a text, with the bytes that are not a whole character", () => {
    expect(gpt2.tokens("ChatGPT is amazing")).toEqual(["Chat", "G", "PT", " is", " amazing"]);
    expect(gpt2.tokens("工程师")).toEqual(["<0xE5><0xB7>", "<0xA5>", "<0xE7>", "<0xA8>", "<0x8B>", "<0xE5><0xB8>", "<0x88>"]);
    expect(gpt2.tokens([50256, 257])).toEqual(["<|endoftext|>", " a"]);
    expect(gpt2.tokens("\u{1F389} \ufffd").join("")).toBe("<0xF0><0x9F><0x8E><0x89> \ufffd");
  });

  test("takes special tokens for text unless it is told otherwise", () => {
    expect([...gpt2.encode("a<|endoftext|>b")]).not.toContain(50256);
    expect([...gpt2.encode("a<|endoftext|>b", { allowSpecial: true })]).toEqual([64, 50256, 65]);
    expect(gpt2.decode([64, 50256, 65])).toBe("a<|endoftext|>b");
  });

  test("knows its size, its merges and its special token", () => {
    expect(gpt2.vocabSize).toBe(50_257);
    expect(gpt2.merges.slice(0, 3)).toEqual([
      ["Ġ", "t"],
      ["Ġ", "a"],
      ["h", "e"],
    ]);
    expect([...gpt2.specialTokens]).toEqual([["<|endoftext|>", 50_256]]);
    expect(inspect(gpt2)).toBe("BpeTokenizer(vocabSize=50257)"); // as the last expression of a cell
  });

  test("decodes a text cut within a character with U+FFFD at the end", () => {
    expect(gpt2.decode(gpt2.encode("好").slice(0, 1))).toBe("\ufffd");
  });

  test("refuses an id that no token has", () => {
    expect(() => gpt2.decode([50_257])).toThrow(
      "ids[0] must be ≥ 0 and < 50257, got 50257\n  hint: the ids of this vocabulary are 0 to 50256",
    );
  });

  test.each<[unknown, string]>([
    [[-1], "ids[0] must be ≥ 0 and < 50257, got -1"],
    [[1, 1.5], "ids[1] must be an integer, got 1.5"],
    [[NaN], "ids[0] must be an integer, got NaN"],
    [[1n], "ids[0] must be an integer, got 1n\n  hint: convert them: Array.from(ids, Number)"],
    [BigInt64Array.of(1n), "ids[0] must be an integer, got 1n"],
    [["15"], 'ids[0] must be an integer, got "15"'],
    ["15", 'ids must be an array of integers, got "15"'],
    [[, 1], "ids[0] must be an integer, got undefined"], // oxlint-disable-line no-sparse-arrays
    [15, "ids must be an array of integers, got 15"],
    [null, "ids must be an array of integers, got null"],
    [new DataView(new ArrayBuffer(2)), "ids must be an array of integers, got a DataView of 2"],
  ])("refuses to decode %s", (ids, message) => {
    expect(() => gpt2.decode(ids as never)).toThrow(ArgumentError);
    expect(() => gpt2.decode(ids as never)).toThrow(message);
  });

  test.each<[unknown, string]>([
    [null, "text must be a string, got null\n  hint: pass a string"],
    [undefined, "text must be a string, got undefined"],
    [42, "text must be a string, got 42"],
    [["a"], "text must be a string, got an array of 1"],
    [Uint8Array.of(104, 105), "text must be a string, got a Uint8Array of 2\n  hint: decode it: new TextDecoder().decode(bytes)"],
  ])("refuses to encode %j", (text, message) => {
    expect(() => gpt2.encode(text as never)).toThrow(ArgumentError);
    expect(() => gpt2.encode(text as never)).toThrow(message);
    expect(() => gpt2.encode(text as never, { allowSpecial: true })).toThrow(message);
  });

  test("refuses options that it does not have", () => {
    expect(() => gpt2.encode("a", { allowspecial: true } as never)).toThrow(
      'options has no option "allowspecial"\n  hint: did you mean "allowSpecial"?',
    );
    expect(() => gpt2.encode("a", { allowSpecial: "yes" as never })).toThrow('options.allowSpecial must be true or false, got "yes"');
  });

  test("takes ids in any array of numbers, and decodes no ids to no text", () => {
    for (const ids of [[464, 257], Uint16Array.of(464, 257), Int32Array.of(464, 257), Float64Array.of(464, 257)]) {
      expect(gpt2.decode(ids)).toBe("The a");
    }
    expect([gpt2.decode([]), gpt2.decode(gpt2.encode(""))]).toEqual(["", ""]);
  });

  test("refuses a name it does not know", async () => {
    await expect(BpeTokenizer.fromPretrained("gpt-2")).rejects.toThrow('name must be "gpt2", got "gpt-2"\n  hint: did you mean "gpt2"?');
  });
});

describe("long pieces", () => {
  test.each(["a", "=", "哈", " ", "ab", "\u{1F600}"])("a megabyte of %j is encoded in seconds, and comes back", (unit) => {
    const text = unit.repeat(Math.ceil(1e6 / Buffer.byteLength(unit)));
    const started = performance.now();
    const ids = gpt2.encode(text);
    expect(performance.now() - started).toBeLessThan(20_000); // a quadratic merger takes hours
    expect(gpt2.decode(ids)).toBe(text);
  });

  test("are merged as short ones are: lowest rank first, then leftmost", async () => {
    const small = await BpeTokenizer.train(["abaabbab aabab abbaab bbaabb"], { vocabSize: 280, minFrequency: 1 });
    const ranks = new Map(small.merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(letters, (text) => {
        expect(small.tokens(text)).toEqual(mergeByTheBook(text.split(""), ranks));
      }),
    );
  });
});

/** The algorithm as the paper has it, for texts that are one piece. */
function mergeByTheBook(tokens: string[], ranks: ReadonlyMap<string, number>): string[] {
  for (;;) {
    const found = tokens.slice(1).map((right, at) => ranks.get(`${tokens[at]} ${right}`) ?? Infinity);
    const best = Math.min(...found);
    if (best === Infinity) return tokens;
    const at = found.indexOf(best);
    tokens.splice(at, 2, tokens[at]! + tokens[at + 1]!);
  }
}
