import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ArgumentError, OutOfRangeError } from "../../kernel-helpers/errors.ts";
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
  expect(() => tokenizer.decode([0, 2])).toThrow(OutOfRangeError);
  expect(() => tokenizer.decode([0, 2])).toThrow(
    "ids[1] must be ≥ 0 and < 2, got 2\n  hint: pass ids of this tokenizer, which has 2 characters",
  );
});

test.each([
  [() => CharacterTokenizer.train(null as never), "texts must be an array of strings, or another iterable of them, got null"],
  [() => CharacterTokenizer.train(["a", 1 as never]), "texts[1] must be a string, got 1"],
  [() => CharacterTokenizer.train(["ab"]).encode(null as never), "text must be a string, got null"],
  [() => CharacterTokenizer.train(["ab"]).decode("01" as never), 'ids must be an array of integers, got "01"'],
  [() => CharacterTokenizer.train(["ab"]).decode(["0" as never]), 'ids[0] must be an integer, got "0"'],
  [() => CharacterTokenizer.train(["ab"]).decode(["length" as never]), 'ids[0] must be an integer, got "length"'],
])("%s is refused", (call, message) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});
