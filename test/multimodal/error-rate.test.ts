import { expect, test } from "vitest";
import { characterErrorRate, wordErrorRate } from "../../kernel-helpers/multimodal/index.ts";

test("characters that were replaced, left out and put in count, over those that were there", () => {
  expect(characterErrorRate("kitten", "sitting")).toBe(3 / 6); // Levenshtein's own example
  expect(characterErrorRate("Keep  left，请", "Keepleft,请")).toBe(0); // white space and full-width forms do not count
  expect(characterErrorRate("", "anything")).toBe(0);
  expect(characterErrorRate("ab", "")).toBe(1);
});

test("words count as wholes, whatever their case", () => {
  expect(wordErrorRate("The cat sat on the mat.", "the cat sat the mat")).toBe(1 / 6);
  expect(wordErrorRate("one two", "two one")).toBe(1);
});
