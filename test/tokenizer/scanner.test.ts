/** The hand-written scanner and GPT-2's regular expression cut alike. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classOf, letter, number, other, space } from "../../kernel-helpers/tokenizer/character-classes.ts";
import { gpt2Pattern, gpt2Source, regexPattern, type Pattern } from "../../kernel-helpers/tokenizer/pattern.ts";
import { toJavaScript } from "../../kernel-helpers/tokenizer/regex-dialect.ts";
import { anyText, texts } from "./texts.ts";

function cut(pattern: Pattern, text: string): string[] {
  const { bytes, length, endOf } = pattern.cut(text);
  const pieces: string[] = [];
  for (let start = 0; start < length;) {
    const end = endOf(start);
    pieces.push(Buffer.from(bytes.subarray(start, end)).toString());
    start = end;
  }
  return pieces;
}

const byExpression = regexPattern([gpt2Source], "pattern");

describe("GPT-2's pattern", () => {
  test.each(texts)("cuts %j as its expression does", (text) => {
    expect(cut(gpt2Pattern, text)).toEqual(cut(byExpression, text));
  });

  test("cuts any text as its expression does", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(cut(gpt2Pattern, text)).toEqual(cut(byExpression, text));
      }),
      { numRuns: 5000 },
    );
  });

  test("cuts the examples of GPT-2's source", () => {
    expect(cut(gpt2Pattern, "I'll pay  $5,000\n\nin May.  ")).toEqual([
      "I",
      "'ll",
      " pay",
      " ",
      " $",
      "5",
      ",",
      "000",
      "\n",
      "\n",
      "in",
      " May",
      ".",
      "  ",
    ]);
  });
});

test("every code point has the class that Unicode's properties give it", () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    const kind = /\p{L}/u.test(character) ? letter : /\p{N}/u.test(character) ? number : /\p{White_Space}/u.test(character) ? space : other;
    if (classOf(code) !== kind) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

describe("other patterns", () => {
  test("keep what lies between the matches as pieces", () => {
    expect(cut(regexPattern(["[a-z]+"], "pattern"), "12ab--cd!")).toEqual(["12", "ab", "--", "cd", "!"]);
  });

  test("written for Oniguruma mean the same here", () => {
    const pattern = (source: string): Pattern => regexPattern([source], "pattern");
    expect(cut(pattern("(?i:'ll|'s)|\\p{L}+"), "he'LL I'S")).toEqual(["he", "'LL", " ", "I", "'S"]);
    expect(cut(pattern("\\p{N}{1,3}|\\p{L}+"), "12345ab")).toEqual(["123", "45", "ab"]);
    expect(cut(pattern("\\s++$|\\S+"), "a \n b")).toEqual(["a", " \n ", "b"]);
    expect(cut(pattern("[^\\s]+|\\s"), "a\u0085\ufeffb")).toEqual(["a", "\u0085", "\ufeffb"]);
  });

  test("that cannot be read, or match nothing, are refused", () => {
    expect(() => toJavaScript("(a)++", "tokenizer.json")).toThrow(
      /^tokenizer\.json: the pattern \(a\)\+\+ cannot be turned into JavaScript: /,
    );
    expect(() => cut(regexPattern(["a*"], "pattern"), "ba")).toThrow(
      "the pattern a* matches the empty string\n  hint: let it match at least one character",
    );
  });
});
