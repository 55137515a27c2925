/** Rows of an image and questions about it: all questions see the image, and none sees another. */
import { ArgumentError } from "../../errors.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";

/** What a message begins with, an image's tokens (B, P, W), and behind them questions with their answers; all but `image` and `bias` are int64. */
export interface SeeingBatch extends Readonly<Record<string, Tensor>> {
  /** Tokens before the image, (B, S). */
  readonly before: Tensor;
  readonly image: Tensor;
  /** Of the questions and answers, (B, T). */
  readonly ids: Tensor;
  /** Of all tokens, (B, S + P + T): each question begins right after the image. */
  readonly positions: Tensor;
  /** Of attention, (B, 1, S + P + T, S + P + T). */
  readonly bias: Tensor;
  /** After which of all tokens something is learnt, (B, K). */
  readonly picked: Tensor;
  /** What follows them, (B, K); -100 where a row has fewer. */
  readonly targets: Tensor;
}

/** A question as ids, and its answer; all of the answer is learnt. */
export interface EncodedQuestion {
  prompt: readonly number[];
  answer: readonly number[];
}

export interface SeeingRowSizes {
  /** Tokens of a row's questions and answers, at most. */
  tokens: number;
  /** Tokens of a row that are learnt, at most. */
  answers: number;
}

/**
 * @param before Ids that each row begins with.
 * @param rows The questions about each image.
 * @param sizes Rows are filled up to them, so that one graph serves all.
 */
export function seeingBatch(
  before: readonly number[],
  image: Tensor,
  rows: readonly (readonly EncodedQuestion[])[],
  sizes: SeeingRowSizes,
): SeeingBatch {
  const [B] = image.shape as [number, number, number];
  const P = before.length + image.shape[1]!;
  const { tokens: T, answers: K } = sizes;
  const all = P + T;
  const ids = new BigInt64Array(B * T);
  const positions = new BigInt64Array(B * all);
  const bias = new Float32Array(B * all * all).fill(-1e9);
  const [picked, targets] = [new BigInt64Array(B * K), new BigInt64Array(B * K).fill(-100n)];
  for (const [row, questions] of rows.entries()) {
    /** 0 for the image and what is before it, then each question by itself; what fills up sees the image only. */
    const segment = new Int32Array(all);
    for (let at = 0; at < P; at++) positions[row * all + at] = BigInt(at);
    let [at, pick] = [P, 0];
    for (const [index, { prompt, answer }] of questions.entries()) {
      const given = [...prompt, ...answer.slice(0, -1)]; // the last token is only predicted
      if (at + given.length > all || pick + answer.length > K) {
        throw new ArgumentError(`the questions of row ${row} do not fit into ${T} tokens with ${K} learnt`, {
          hint: "ask fewer, or make rows longer",
        });
      }
      for (const [place, id] of given.entries()) {
        ids[row * T + at - P] = BigInt(id);
        positions[row * all + at] = BigInt(P + place);
        segment[at] = index + 1;
        const next = place + 1 - prompt.length;
        if (next >= 0) {
          picked[row * K + pick] = BigInt(at);
          targets[row * K + pick++] = BigInt(answer[next]!);
        }
        at++;
      }
    }
    for (; at < all; at++) segment[at] = -1;
    for (let query = 0; query < all; query++) {
      for (let key = 0; key <= query; key++) {
        if (key < P || segment[key] === segment[query]) bias[(row * all + query) * all + key] = 0;
      }
    }
  }
  return {
    before: tensor(new BigInt64Array(Array(B).fill(before).flat().map(BigInt)), { shape: [B, before.length] }),
    image,
    ids: tensor(ids, { shape: [B, T] }),
    positions: tensor(positions, { shape: [B, all] }),
    bias: tensor(bias, { shape: [B, 1, all, all] }),
    picked: tensor(picked, { shape: [B, K] }),
    targets: tensor(targets, { shape: [B, K] }),
  };
}
