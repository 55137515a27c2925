/** Exercises of notebook 01: what a merge is, how bad it can get, how to count, what a vocabulary costs. */
import { exercise, type Exercise } from "../exercise.ts";

type Merge = (ids: readonly number[], pair: readonly [number, number], id: number) => number[];
type BestPair = (counts: ReadonlyMap<string, number>) => string;
type CharactersPerToken = (text: string, tokens: number) => number;

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Merges, but looks at a pair again after it has used its second half: in "aaa" it joins twice. */
const mergeOverlapping: Merge = (ids, [left, right], id) => {
  const merged: number[] = [];
  for (let at = 0; at < ids.length; at++) {
    if (ids[at] === left && ids[at + 1] === right) merged.push(id);
    else merged.push(ids[at]!);
  }
  return merged;
};

const mergeFirst: Merge = (ids, [left, right], id) => {
  const at = ids.findIndex((one, index) => one === left && ids[index + 1] === right);
  return at < 0 ? [...ids] : [...ids.slice(0, at), id, ...ids.slice(at + 2)];
};

const bytesOfTen = "ten characters of three bytes each: in the worst case every byte is a token of its own";

export const tokenization: readonly Exercise[] = [
  exercise<Merge>({
    id: "01-merge",
    question: "Write merge(ids, pair, id): the ids with each occurrence of the pair replaced by the new id, from the left.",
    expects: "function",
    checks: [
      [
        (merge) => same(merge([1, 2, 3], [1, 2], 9), [9, 3]),
        "merge([1, 2, 3], [1, 2], 9) should be [9, 3]: the id takes the place of both",
      ],
      [
        (merge) => same(merge([1, 2, 5, 1, 2], [1, 2], 9), [9, 5, 9]),
        "replace every occurrence, not only the first: 1 2 5 1 2 should become 9 5 9",
      ],
      [
        (merge) => same(merge([1, 1, 1], [1, 1], 9), [9, 1]),
        "a token can be merged only once: 1 1 1 should become 9 1, merged from the left",
      ],
      [
        (merge) => same(merge([11, 2, 1, 23], [1, 2], 9), [11, 2, 1, 23]),
        "compare whole ids: in 11 2 1 23 the digits 1 and 2 meet, the tokens 1 and 2 do not",
      ],
      [(merge) => same(merge([2, 1], [1, 2], 9), [2, 1]), "the order counts: 2 1 is not the pair 1 2"],
      [(merge) => same(merge([1, 2, 1], [1, 2], 9), [9, 1]), "what is left at the end stays: 1 2 1 should become 9 1"],
      [
        (merge) => {
          const given = [1, 2, 3];
          merge(given, [1, 2], 9);
          return same(given, [1, 2, 3]);
        },
        "leave the given ids as they are and return new ones: the caller may need them again",
      ],
    ],
    hints: [
      "Walk with a while loop; the step is 2 after a merge and 1 otherwise.",
      "if (ids[at] === pair[0] && ids[at + 1] === pair[1]) { merged.push(id); at += 2 } else …",
    ],
    wrong: [
      { answer: mergeOverlapping, message: "merge([1, 2, 3], [1, 2], 9) should be [9, 3]: the id takes the place of both" },
      { answer: mergeFirst, message: "replace every occurrence, not only the first: 1 2 5 1 2 should become 9 5 9" },
      {
        answer: (ids: number[], [left, right]: [number, number], id: number): number[] => {
          const joins = (at: number): boolean => ids[at] === left && ids[at + 1] === right;
          return ids.flatMap((one, at) => (joins(at) ? [id] : joins(at - 1) ? [] : [one]));
        },
        message: "a token can be merged only once: 1 1 1 should become 9 1, merged from the left",
      },
      {
        answer: (ids: number[], pair: [number, number], id: number): number[] =>
          ids.join(" ").split(pair.join(" ")).join(String(id)).split(" ").map(Number),
        message: "compare whole ids: in 11 2 1 23 the digits 1 and 2 meet, the tokens 1 and 2 do not",
      },
      {
        answer: (ids: number[], [left, right]: [number, number], id: number): number[] => {
          for (let at = 0; at + 1 < ids.length; at++) if (ids[at] === left && ids[at + 1] === right) ids.splice(at, 2, id);
          return ids;
        },
        message: "leave the given ids as they are and return new ones: the caller may need them again",
      },
    ],
    solution: (ids, [left, right], id) => {
      const merged: number[] = [];
      for (let at = 0; at < ids.length;) {
        const joins = ids[at] === left && ids[at + 1] === right;
        merged.push(joins ? id : ids[at]!);
        at += joins ? 2 : 1;
      }
      return merged;
    },
  }),
  exercise<number>({
    id: "01-worst",
    question: "How many tokens can byte-level BPE make, at most, of ten common Chinese characters?",
    expects: "number",
    checks: [
      [(tokens) => tokens !== 10, "a token may be less than a character: a rare character is cut into its bytes"],
      [(tokens) => tokens !== 20, "that counts UTF-16, JavaScript's own; BPE starts from UTF-8"],
      [(tokens) => tokens !== 40, "four bytes are for emoji and the rarest characters; common Chinese ones are below U+FFFF"],
      [(tokens) => tokens === 30, bytesOfTen],
    ],
    hints: ["What does BPE do with a text for which it has no merges at all?", "new TextEncoder().encode('中').length"],
    wrong: [
      { answer: 10, message: "a token may be less than a character: a rare character is cut into its bytes" },
      { answer: 20, message: "that counts UTF-16, JavaScript's own; BPE starts from UTF-8" },
      { answer: 40, message: "four bytes are for emoji and the rarest characters; common Chinese ones are below U+FFFF" },
      { answer: 256, message: bytesOfTen },
    ],
    solution: 30,
  }),
  exercise<BestPair>({
    id: "01-tie",
    question: "Write bestPair(counts): the most frequent pair; of equally frequent ones the one that comes first in the alphabet.",
    expects: "function",
    checks: [
      [
        (best) =>
          best(
            new Map([
              ["ab", 3],
              ["cd", 5],
            ]),
          ) === "cd",
        "the pair with the highest count comes first: of ab 3, cd 5 it is cd",
      ],
      [
        (best) =>
          best(
            new Map([
              ["cd", 5],
              ["ab", 5],
            ]),
          ) === "ab",
        "of cd 5, ab 5 it is ab: without a rule for ties the vocabulary depends on the order in which texts are read",
      ],
      [
        (best) =>
          best(
            new Map([
              ["ab", 5],
              ["cd", 5],
            ]),
          ) === "ab",
        "of ab 5, cd 5 it is ab: the order in the map must not matter",
      ],
      [
        (best) =>
          best(
            new Map([
              ["ab", 9],
              ["cd", 10],
            ]),
          ) === "cd",
        "compare counts as numbers, not as text: 10 is more than 9",
      ],
    ],
    hints: [
      "Two conditions: a higher count; or the same count and a smaller pair.",
      "[...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0][0]",
    ],
    wrong: [
      {
        answer: (counts: Map<string, number>): string => [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0],
        message: "of cd 5, ab 5 it is ab: without a rule for ties the vocabulary depends on the order in which texts are read",
      },
      {
        answer: (counts: Map<string, number>): string => [...counts].reduce((best, next) => (next[1] >= best[1] ? next : best))[0],
        message: "of ab 5, cd 5 it is ab: the order in the map must not matter",
      },
      {
        answer: (counts: Map<string, number>): string => [...counts.keys()].toSorted()[0]!,
        message: "the pair with the highest count comes first: of ab 3, cd 5 it is cd",
      },
      {
        answer: (counts: Map<string, number>): string =>
          [...counts].toSorted(([a, x], [b, y]) => String(y).localeCompare(String(x)) || a.localeCompare(b))[0]![0],
        message: "compare counts as numbers, not as text: 10 is more than 9",
      },
    ],
    solution: (counts) => [...counts].toSorted(([one, x], [other, y]) => y - x || (one < other ? -1 : 1))[0]![0],
  }),
  exercise<CharactersPerToken>({
    id: "01-rate",
    question: "Write charactersPerToken(text, tokens), with characters as a reader counts code points.",
    expects: "function",
    checks: [
      [(rate) => rate("abcdef", 3) === 2, "six letters in three tokens are 2 characters a token, not tokens a character"],
      [
        (rate) => rate("工程师", 6) === 0.5,
        "three Chinese characters in six tokens are 0.5 characters a token: count characters, not bytes",
      ],
      [(rate) => rate("😀😀", 2) === 1, "two emoji in two tokens are 1: .length counts the two halves of each (UTF-16)"],
      [
        (rate) => rate("👍🏽", 1) === 2,
        "👍🏽 is two code points, a hand and a colour, though you see one sign: count code points, not what Intl.Segmenter sees",
      ],
    ],
    hints: ["What does '😀'.length give, and [...'😀'].length?", "[...text].length / tokens"],
    wrong: [
      {
        answer: (text: string, tokens: number): number => text.length / tokens,
        message: "two emoji in two tokens are 1: .length counts the two halves of each (UTF-16)",
      },
      {
        answer: (text: string, tokens: number): number => [...new Intl.Segmenter().segment(text)].length / tokens,
        message: "👍🏽 is two code points, a hand and a colour, though you see one sign: count code points, not what Intl.Segmenter sees",
      },
      {
        answer: (text: string, tokens: number): number => tokens / text.length,
        message: "six letters in three tokens are 2 characters a token, not tokens a character",
      },
      {
        answer: (text: string, tokens: number): number => Buffer.byteLength(text) / tokens,
        message: "three Chinese characters in six tokens are 0.5 characters a token: count characters, not bytes",
      },
    ],
    solution: (text, tokens) => Array.from(text).length / tokens,
  }),
];
