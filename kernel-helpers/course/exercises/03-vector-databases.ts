/** Exercises of notebook 03: what recall counts, what PQ and HNSW cost, what a filter must mean. */
import { exercise, type Exercise } from "../exercise.ts";

type Recall = (found: readonly string[], truth: readonly string[]) => number;

export const vectorDatabases: readonly Exercise[] = [
  exercise<Recall>({
    id: "03-recall",
    question: "Write recall@k: which share of the true nearest neighbours did the index find?",
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
  exercise<object>({
    id: "03-filter",
    question: "Write the filter for products in English that cost less than 100, or are free of a price altogether.",
    expects: "object",
    checks: [
      [
        (filter) => JSON.stringify(filter).includes("$exists"),
        "a product without a price is no product with price < 100: ask for it with { price: { $exists: false } }",
      ],
      [(filter) => JSON.stringify(filter).includes("$or"), "either price will do: put the two price conditions in an $or"],
      [(filter) => !JSON.stringify(filter).includes("$lte"), "less than 100 leaves out 100 itself: $lt"],
      [
        (filter) => {
          const { language, $or } = filter as { language?: unknown; $or?: unknown };
          const english = JSON.stringify(language);
          return (english === '"en"' || english === '{"$eq":"en"}') && Array.isArray($or) && $or.length === 2;
        },
        "the language is needed in both cases: { language: 'en', $or: [one price condition, the other] }",
      ],
    ],
    hints: [
      "Two conditions on the price, one on the language: which belong in the $or?",
      "{ language: 'en', $or: [{ price: { $lt: … } }, { price: { $exists: … } }] }",
    ],
    wrong: [
      {
        answer: { language: "en", price: { $lt: 100 } },
        message: "a product without a price is no product with price < 100: ask for it with { price: { $exists: false } }",
      },
      {
        answer: { language: "en", price: { $lt: 100, $exists: false } },
        message: "either price will do: put the two price conditions in an $or",
      },
      {
        answer: { language: "en", $or: [{ price: { $lte: 100 } }, { price: { $exists: false } }] },
        message: "less than 100 leaves out 100 itself: $lt",
      },
      {
        answer: { $or: [{ language: "en" }, { price: { $lt: 100 } }, { price: { $exists: false } }] },
        message: "the language is needed in both cases: { language: 'en', $or: [one price condition, the other] }",
      },
    ],
    solution: { language: "en", $or: [{ price: { $lt: 100 } }, { price: { $exists: false } }] },
  }),
];
