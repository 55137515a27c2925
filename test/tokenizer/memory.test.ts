/** The encoder's memory is bounded: thousands of texts, also long ones and ones that are never seen again, leave it as small as a few. */
import { expect, test } from "vitest";
import { Encoder } from "../../kernel-helpers/tokenizer/encoder.ts";
import { learnMerges } from "../../kernel-helpers/tokenizer/learn-merges.ts";
import { Merger } from "../../kernel-helpers/tokenizer/merger.ts";
import { gpt2Pattern } from "../../kernel-helpers/tokenizer/pattern.ts";
import { toVocabulary, type Vocabulary } from "../../kernel-helpers/tokenizer/vocabulary.ts";
import { WordTable } from "../../kernel-helpers/tokenizer/word-table.ts";

function smallVocabulary(): Vocabulary {
  const words = new WordTable();
  const steps = learnMerges(words, { vocabSize: 256, minFrequency: 2, specialTokens: [] });
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return toVocabulary(step.value, "test");
}

test("a million different words are not remembered", () => {
  const encoder = new Encoder(new Merger(smallVocabulary()));
  const sizes: number[] = [];
  for (let text = 0; text < 1000; text++) {
    encoder.encode(gpt2Pattern.cut(Array.from({ length: 1000 }, (_, word) => `w${text * 1000 + word}`).join(" ")));
    sizes.push(encoder.heldBytes);
  }
  const [settled, last] = [Math.max(...sizes.slice(0, 200)), sizes.at(-1)!];
  expect(last).toBeLessThanOrEqual(settled);
  expect(last).toBeLessThan(32e6);
});

test("what a long text needed is given back", () => {
  const encoder = new Encoder(new Merger(smallVocabulary()));
  encoder.encode(gpt2Pattern.cut("a"));
  const before = encoder.heldBytes;
  expect(encoder.encode(gpt2Pattern.cut("好".repeat(2_000_000)))).toHaveLength(6_000_000);
  expect(encoder.heldBytes - before).toBeLessThan(1e6);
});
