/** What a seeing model learns from. */
import { createRandom } from "../../nn/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Clip } from "../clip/clip.ts";
import type { RgbImage } from "../images/rgb-image.ts";
import { encodeQuestion, idsBeforeImage } from "./conversation.ts";
import { seeingBatch, type EncodedQuestion, type SeeingBatch, type SeeingRowSizes } from "./rows.ts";

/** An image, and what is asked about it, each question by itself. */
export interface Lesson {
  image: RgbImage;
  turns: readonly { question: string; answer: string }[];
}

/** Lessons in batches, in another order each time they are gone through; without a seed as they are. */
export function lessonBatches(
  lessons: readonly Lesson[],
  { clip, tokenizer, batchSize, seed }: { clip: Clip; tokenizer: Tokenizer; batchSize: number; seed: number | undefined },
): (epoch: number) => Generator<SeeingBatch> {
  const encoded = lessons.map(({ turns }) => turns.map(({ question, answer }) => encodeQuestion(tokenizer, question, answer)));
  const before = idsBeforeImage(tokenizer);
  const sizes = sizesFor(encoded);
  const numbers = [...lessons.keys()];
  return function* (epoch) {
    const order = seed === undefined ? numbers : createRandom(seed + epoch).shuffle(numbers);
    for (let start = 0; start + batchSize <= order.length; start += batchSize) {
      const chosen = order.slice(start, start + batchSize);
      const images = clip.imageTokens(chosen.map((index) => lessons[index]!.image));
      yield seeingBatch(before, images, chosen.map((index) => encoded[index]!), sizes); // prettier-ignore
    }
  };
}

/** What the longest row takes. */
export function sizesFor(rows: readonly (readonly EncodedQuestion[])[]): SeeingRowSizes {
  const most = (of: (question: EncodedQuestion) => number): number =>
    Math.max(...rows.map((row) => row.reduce((sum, one) => sum + of(one), 0)));
  return { tokens: most(({ prompt, answer }) => prompt.length + answer.length - 1), answers: most(({ answer }) => answer.length) };
}
