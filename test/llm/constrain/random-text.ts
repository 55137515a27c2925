/** A model without sense: it draws tokens from random logits, and only the constraint makes a text of them. */
import { Constraints, type ConstraintOptions } from "../../../kernel-helpers/llm/constrain/constraints.ts";
import { Sampler } from "../../../kernel-helpers/llm/sampler.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";
import { BpeTokenizer } from "../../../kernel-helpers/tokenizer/index.ts";

const prose = [
  '{"name": "Ada", "age": 36, "tags": ["a", "b"]}',
  "北京是中国的首都。上海是最大的城市。",
  "true false null the quick brown fox 🙂 🙂 naïve café",
];

const end = "<|end|>";
/** Some 500 tokens, among them pieces of JSON, of Chinese words and of half characters. */
export const tokenizer: BpeTokenizer = await BpeTokenizer.train(Array.from({ length: 40 }, () => prose).flat(), {
  vocabSize: 380,
  specialTokens: [end],
});
export const endId: number = tokenizer.specialTokens.get(end)!;
/** As models have more rows than their tokenizers have tokens. */
export const vocabSize: number = tokenizer.vocabSize + 7;
export const constraints: Constraints = new Constraints(tokenizer, vocabSize);

/** Draws a text, which takes at most so many tokens; `isWhole` says whether it came to an end. */
export function randomText(
  options: ConstraintOptions,
  seed: number,
  maxTokens: number = 200,
): { text: string; isWhole: boolean; tokens: number } {
  const random = createRandom(seed);
  const sampler = new Sampler({ seed });
  const constrained = constraints.of(options)!.begin();
  const ids: number[] = [];
  for (let left = maxTokens; left > 0 && !constrained.isFinal; left--) {
    const logits = Float32Array.from({ length: vocabSize }, () => 3 * random.normal());
    const allowed = constrained.apply(logits, left, new Set([endId]));
    const id = allowed ? sampler.next(allowed) : endId;
    if (id === endId) return { text: tokenizer.decode(ids), isWhole: true, tokens: ids.length };
    if (!constrained.push(tokenizer.bytesOf(id))) throw new Error("a token came that does not fit");
    ids.push(id);
  }
  return { text: tokenizer.decode(ids), isWhole: constrained.isEnd, tokens: ids.length };
}
