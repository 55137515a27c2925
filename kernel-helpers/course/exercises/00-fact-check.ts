/** Exercises of notebook 00: count before you claim, and see whether an example could have failed. */
import { exercise, type Exercise } from "../exercise.ts";

type QueryMatters = (documents: number, topK: number) => boolean;

const allOfThem = "two of two documents are returned whatever is asked: with (2, 2) the query does not matter";
const some = "two of five documents are a choice: with (5, 2) the query does matter";
const none = "topK = 0 returns nothing, whatever is asked";
const unrelated = "the average of unrelated pairs";

export const factCheck: readonly Exercise[] = [
  exercise<number>({
    id: "00-tokens",
    question: "How many tokens does GPT-2 make of `ChatGPT 2025`, with the space?",
    expects: "number",
    checks: [
      [(count) => count !== 12, "that counts characters; a token is usually longer"],
      [(count) => count !== 2, "that counts words; ChatGPT is not one token, as the first claim showed"],
      [(count) => count !== 5, "that is the answer without the space: with it, ` 2025` is looked up as one piece first"],
      [(count) => count === 4, "count what gpt2.tokens('ChatGPT 2025') returns"],
    ],
    hints: ["The space belongs to the token that follows it.", "gpt2.tokens('ChatGPT 2025') lists them."],
    wrong: [
      { answer: 12, message: "that counts characters; a token is usually longer" },
      { answer: 2, message: "that counts words; ChatGPT is not one token, as the first claim showed" },
      { answer: 5, message: "that is the answer without the space: with it, ` 2025` is looked up as one piece first" },
      { answer: 6, message: "count what gpt2.tokens('ChatGPT 2025') returns" },
    ],
    solution: 4,
  }),
  exercise<QueryMatters>({
    id: "00-vacuous",
    question: "Could a query change which documents are returned, for a number of documents and a topK?",
    expects: "function",
    checks: [
      [(matters) => matters(5, 2), some],
      [(matters) => !matters(2, 2), allOfThem],
      [(matters) => !matters(2, 10), "asking for ten of two documents returns both, whatever is asked"],
      [(matters) => !matters(5, 0), none],
    ],
    hints: ["When are all documents returned?", "topK < documents is nearly the whole answer; what of topK = 0?"],
    wrong: [
      { answer: (): boolean => true, message: allOfThem },
      { answer: (documents: number, topK: number): boolean => topK <= documents, message: allOfThem },
      { answer: (documents: number, topK: number): boolean => topK >= documents, message: some },
      { answer: (documents: number, topK: number): boolean => topK < documents, message: none },
    ],
    solution: (documents, topK) => topK > 0 && topK < documents,
  }),
  exercise<number>({
    id: "00-active",
    question: "What share of DeepSeek-V3's parameters works on each token, in per cent?",
    expects: "number",
    checks: [
      [(share) => Math.abs(share - 0.0551) > 0.01, "that is the fraction; in per cent it is a hundred times as much"],
      [(share) => Math.abs(share - 18.1) > 0.5, "that is how many times larger the whole is: divide the other way round"],
      [(share) => Math.abs(share - 94.5) > 0.5, "that is the share that rests"],
      [(share) => Math.abs(share - 5.51) < 0.05, "37 of 671, in per cent"],
    ],
    hints: ["Active divided by all.", "100 * 37 / 671"],
    wrong: [
      { answer: 37 / 671, message: "that is the fraction; in per cent it is a hundred times as much" },
      { answer: 671 / 37, message: "that is how many times larger the whole is: divide the other way round" },
      { answer: 100 - 3700 / 671, message: "that is the share that rests" },
      { answer: 37, message: "37 of 671, in per cent" },
    ],
    solution: 3700 / 671,
  }),
  exercise<string>({
    id: "00-evidence",
    question: "Related pairs have similarity 0.71 on average. Which one further number do you ask for?",
    expects: "string",
    checks: [
      [(ask) => ask !== "a third decimal", "0.710 says no more than 0.71 about whether 0.71 is high"],
      [(ask) => ask !== "the number of parameters", "a large model can be wrong, too: ask what 0.71 is to be compared with"],
      [(ask) => ask !== "the dimension of the vectors", "the dimension does not tell whether 0.71 is high for this model"],
      [(ask) => ask === unrelated, `answer with one of the four, word for word, such as '${unrelated.slice(0, 11)}…'`],
    ],
    hints: ["In Chinese, what did the model give to a phone and a novel?", "High compared with what?"],
    wrong: [
      { answer: "a third decimal", message: "0.710 says no more than 0.71 about whether 0.71 is high" },
      {
        answer: "the number of parameters",
        message: "a large model can be wrong, too: ask what 0.71 is to be compared with",
      },
      { answer: "the dimension of the vectors", message: "the dimension does not tell whether 0.71 is high for this model" },
    ],
    solution: unrelated,
  }),
];
