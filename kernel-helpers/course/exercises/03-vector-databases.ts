/** Exercises of notebook 03: what recall counts, what PQ and HNSW cost, what a filter must mean. */
import { exercise, type Exercise } from "../exercise.ts";

type Recall = (found: readonly string[], truth: readonly string[]) => number;

const sameIds = (found: readonly string[], wanted: readonly string[]): boolean =>
  JSON.stringify([...found].toSorted()) === JSON.stringify(wanted);

export const vectorDatabases: readonly Exercise[] = [
  exercise<Recall>({
    id: "03-recall",
    question: "Write recall@k: what share of the true nearest neighbours did the index find?",
    expects: "function",
    checks: [
      [(recall) => recall(["a", "b"], ["a", "b"]) === 1, "finding all the true neighbours should give 1"],
      [(recall) => recall(["b", "a"], ["a", "b"]) === 1, "the order does not matter: found b, a for the truth a, b should give 1"],
      [(recall) => recall(["a", "x"], ["a", "b"]) === 0.5, "finding one of two true neighbours should give 0.5"],
      [
        (recall) => recall(["a"], ["a", "b", "c", "d"]) === 0.25,
        "divide by how many there are to find, not by how many were found: 1 of 4 should give 0.25 (what you computed is precision)",
      ],
    ],
    hints: ["How many of `truth` are also in `found`?", "truth.filter((id) => found.includes(id)).length, divided by …"],
    wrong: [
      {
        answer: (found: string[], truth: string[]): number => found.filter((id, rank) => id === truth[rank]).length / truth.length,
        message: "the order does not matter: found b, a for the truth a, b should give 1",
      },
      {
        answer: (found: string[], truth: string[]): number => found.filter((id) => truth.includes(id)).length / found.length,
        message:
          "divide by how many there are to find, not by how many were found: 1 of 4 should give 0.25 (what you computed is precision)",
      },
      {
        answer: (found: string[], truth: string[]): number => found.filter((id) => truth.includes(id)).length,
        message: "finding all the true neighbours should give 1",
      },
    ],
    solution: (found, truth) => truth.filter((id) => found.includes(id)).length / truth.length,
  }),
  exercise<number>({
    id: "03-bytes",
    question: "How many bytes do a million vectors of 384 float32 numbers take, without any index?",
    expects: "number",
    checks: [
      [(bytes) => bytes !== 384_000_000, "that counts one byte for each number, a float32 takes four"],
      [
        (bytes) => bytes !== 384_000_000 * 8,
        "that counts eight bytes for each number, as JavaScript's own numbers take; a float32 takes four",
      ],
      [(bytes) => bytes !== 384_000_000 * 32, "that counts bits: eight of them make a byte"],
      [(bytes) => bytes === 384_000_000 * 4, "vectors times dimensions times the bytes of one float32"],
    ],
    hints: ["32 bits: how many bytes?", "1_000_000 * 384 * …"],
    wrong: [
      { answer: 384_000_000, message: "that counts one byte for each number, a float32 takes four" },
      { answer: 3_072_000_000, message: "that counts eight bytes for each number, as JavaScript's own numbers take; a float32 takes four" },
      { answer: 12_288_000_000, message: "that counts bits: eight of them make a byte" },
      { answer: 1.5, message: "vectors times dimensions times the bytes of one float32" },
    ],
    solution: 1_536_000_000,
  }),
  exercise<readonly string[]>({
    id: "03-filter",
    question: "Which records does your filter find for: in English, and cheaper than 100 or without a price?",
    expects: "array",
    checks: [
      [(ids) => !sameIds(ids, ["cheap"]), "a record without a price has no price below 100: ask for it with { price: { $exists: false } }"],
      [(ids) => ids.length > 0, "no record has a price below 100 and no price: either will do, so put the two in an $or"],
      [(ids) => !ids.includes("exactly-100"), "cheaper than 100 leaves out 100 itself: $lt"],
      [(ids) => !ids.some((id) => id.startsWith("chinese")), "the language is needed in both cases: { language: 'en', $or: [one price condition, the other] }"],
      [(ids) => ids.includes("cheap"), "the cheap one is missing: { price: { $lt: 100 } } is one half of the $or"],
      [(ids) => sameIds(ids, ["cheap", "no-price"]), "two records should be found: cheap, no-price"],
    ],
    hints: [
      "Two conditions on the price, one on the language: which belong in the $or?",
      "{ language: 'en', $or: [{ price: { $lt: … } }, { price: { $exists: … } }] }",
    ],
    wrong: [
      { answer: ["cheap"], message: "a record without a price has no price below 100: ask for it with { price: { $exists: false } }" },
      { answer: [], message: "no record has a price below 100 and no price: either will do, so put the two in an $or" },
      { answer: ["cheap", "exactly-100", "no-price"], message: "cheaper than 100 leaves out 100 itself: $lt" },
      {
        answer: ["cheap", "chinese-cheap", "chinese-no-price", "no-price"],
        message: "the language is needed in both cases: { language: 'en', $or: [one price condition, the other] }",
      },
      { answer: ["no-price"], message: "the cheap one is missing: { price: { $lt: 100 } } is one half of the $or" },
      { answer: ["cheap", "dear", "no-price"], message: "two records should be found: cheap, no-price" },
    ],
    solution: ["cheap", "no-price"],
  }), // prettier-ignore
  exercise<number>({
    id: "03-overfetch",
    question:
      "One record in 50 matches a filter that is applied after the search. How many must the search return for ten to be left, on average?",
    expects: "number",
    checks: [
      [(fetched) => fetched !== 10, "of ten results, one in 50 is left: on average a fifth of one"],
      [(fetched) => fetched !== 60, "ten more than 50 are 60 results, of which about one matches: multiply"],
      [(fetched) => fetched !== 50, "of 50 results one is left; ten are wanted"],
      [(fetched) => fetched === 500, "each result matches with a chance of 1 in 50: so many results that a fiftieth of them is ten"],
    ],
    hints: ["How many are left of 50? Of 100?", "fetched / 50 = 10"],
    wrong: [
      { answer: 10, message: "of ten results, one in 50 is left: on average a fifth of one" },
      { answer: 60, message: "ten more than 50 are 60 results, of which about one matches: multiply" },
      { answer: 50, message: "of 50 results one is left; ten are wanted" },
      { answer: 0.2, message: "each result matches with a chance of 1 in 50: so many results that a fiftieth of them is ten" },
    ],
    solution: 500,
  }),
];
