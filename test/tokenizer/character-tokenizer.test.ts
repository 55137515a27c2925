import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { CharacterTokenizer } from "../../kernel-helpers/tokenizer/index.ts";

test("characters have the ids of Python's sorted(set(text))", () => {
  const tokenizer = CharacterTokenizer.train(["hello", "𠀋\uF8FF"]);
  expect(tokenizer.characters).toEqual(["e", "h", "l", "o", "\uF8FF", "𠀋"]); // by code point, not by UTF-16
  expect([...tokenizer.encode("hole𠀋")]).toEqual([1, 3, 2, 0, 5]);
  expect(tokenizer.toString()).toBe("CharacterTokenizer(6 characters)");
});

test("decoding gives back every text that was trained on", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
      const tokenizer = CharacterTokenizer.train(texts);
      expect(tokenizer.vocabSize).toBe(new Set(Array.from(texts.join(""))).size);
      for (const text of texts) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }),
  );
});

test("what is not in the vocabulary is refused by name", () => {
  const tokenizer = CharacterTokenizer.train(["ab"]);
  expect(() => tokenizer.encode("abc")).toThrow(ArgumentError);
  expect(() => tokenizer.encode("abc")).toThrow(
    'the character "c" is not among the 2 of this vocabulary\n  hint: train on all texts that are to be encoded',
  );
  expect(() => tokenizer.decode([0, 2])).toThrow(
    "the id 2 is not in a vocabulary of 2 characters\n  hint: decode ids of this tokenizer, below its vocabSize",
  );
});
