/** The measures, against values from their papers, their scripts or by hand. */
import { describe, expect, test } from "vitest";
import type { ChatModel, Message } from "../../kernel-helpers/llm/index.ts";
import { loadHandbook } from "../../kernel-helpers/data/index.ts";
import {
  answer,
  answerTokens,
  attacks,
  auroc,
  bootstrap,
  bootstrapDifference,
  calibrateThreshold,
  canary,
  chunk,
  closedBook,
  containsAnswer,
  counterfactuals,
  createDocument,
  evaluateAnswers,
  evaluateCounterfactuals,
  evaluateInjection,
  evaluateRetrieval,
  exactMatch,
  findNumbers,
  handbookGold,
  injectAttack,
  KeywordRetriever,
  numbersIn,
  referencesOf,
  tokenF1,
} from "../../kernel-helpers/rag/index.ts";
import { languageOf } from "../../kernel-helpers/rag/language.ts";
import { isInstruction } from "../../kernel-helpers/rag/generation/defence.ts";

const { documents, questions } = handbookGold(await loadHandbook());
const chunks = documents.flatMap((document) => chunk(document, { by: "document" }));

describe("exact match and F1", () => {
  test("forget case, punctuation, articles and the commas of thousands, and keep decimals", () => {
    expect(answerTokens("The cost: 1,500.50 yuan, a head!")).toEqual(["cost", "1500.50", "yuan", "head"]);
    expect(exactMatch("up to 80 Yuan.", ["80 yuan", "Up to 80 yuan"])).toBe(1);
  });

  test("count Chinese by the character", () => {
    expect(answerTokens("共8,000元（含GPS）")).toEqual(["共", "8000", "元", "含", "gps"]);
    expect(tokenF1("八千元", ["共八千元整"])).toBeCloseTo((2 * 3) / (3 + 5));
  });

  test("F1 is that of the bags of tokens, and the best of the references", () => {
    expect(tokenF1("six long months", ["six months", "half a year"])).toBeCloseTo(0.8);
    expect(tokenF1("nothing", ["six months"])).toBe(0);
  });

  test("an answer contains a reference as a run of tokens, not of letters", () => {
    expect(containsAnswer("It is up to 80 yuan a head.", ["80 yuan"])).toBe(1);
    expect(containsAnswer("It is 180 yuan.", ["80 yuan"])).toBe(0);
  });
});

describe("numbers", () => {
  test.each([
    ["1,500 and 3.5", [1500, 3.5]],
    ["fifteen, twenty-five, one hundred and five, two thousand three hundred", [15, 25, 105, 2300]],
    ["八十、十五、一百零五、两千三百、一万二千、三点五、二〇二六", [80, 15, 105, 2300, 12000, 3.5, 2026]],
    ["3万元 and 1.5亿", [30000, 150000000]],
    ["none of them, often, weight", []],
  ])("in %s are read by their values", (text, values) => {
    expect(numbersIn(text)).toEqual(values);
    for (const { start, end } of findNumbers(text)) expect(text.slice(start, end).trim()).not.toBe("");
  });
});

describe("the bootstrap", () => {
  test("gives the interval of the normal approximation, where there are many values", () => {
    const values = Array.from({ length: 400 }, (_, index) => (index % 4 === 0 ? 1 : 0));
    const { mean, low, high } = bootstrap(values);
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
    expect(mean).toBe(0.25);
    expect(Math.abs(low - (0.25 - half))).toBeLessThan(0.008);
    expect(Math.abs(high - (0.25 + half))).toBeLessThan(0.008);
  });

  test("pairs the questions: two systems that differ everywhere by the same have no spread", () => {
    const ones = [0.2, 0.9, 0.4];
    const { mean, low, high } = bootstrapDifference(
      ones.map((value) => value + 0.5),
      ones,
    );
    for (const value of [mean, low, high]) expect(value).toBeCloseTo(0.5);
    expect(() => bootstrapDifference([1], [1, 2])).toThrow("values and others must be of the same questions, got 1 and 2");
  });
});

describe("abstention", () => {
  test("AUROC is the share of pairs in the right order, ties half", () => {
    expect(auroc([0.9, 0.8, 0.3, 0.2], [true, false, true, false])).toBe(0.75);
    expect(auroc([0.5, 0.5], [true, false])).toBe(0.5);
    expect(() => auroc([1], [true])).toThrow("answerable must be true for some questions and false for others");
  });

  test("the threshold lies where most are answered and declined rightly", () => {
    const scores = [0.9, 0.7, 0.6, 0.3, 0.4, 0.2];
    expect(calibrateThreshold(scores, [true, true, true, true, false, false])).toEqual({ threshold: 0.5, answered: 0.75, declined: 1 });
  });
});

describe("the handbook's questions", () => {
  test("have answers that stand in its documents, in parts where they need two passages", () => {
    const byId = new Map(documents.map((document) => [document.id, document.text]));
    for (const span of questions.flatMap(({ parts }) => parts.flat()))
      expect(byId.get(span.document)!.slice(span.start, span.end)).toBe(span.text);
    expect(new Set(questions.filter(({ kind }) => kind === "two-passage").map(({ parts }) => parts.length))).toEqual(new Set([2]));
    expect(questions.filter(({ parts }) => parts.length === 0).map(({ kind }) => kind)).toEqual(Array(16).fill("unanswerable"));
  });

  test("references are in the question's language where there is one, and of both parts where there are two", () => {
    const byId = new Map(questions.map((question) => [question.id, question]));
    expect(referencesOf(byId.get("q002")!)).toEqual(["每人八十元以内"]);
    expect(referencesOf(byId.get("q204")!)).toEqual(["每周见面半小时 每月谈一个半小时"]);
    expect(referencesOf(byId.get("q008")!)).toEqual(["Nobody is put on the on-call rota before the tenth week"]);
  });

  test("are found by keywords, but for those in other words or the other language", async () => {
    const scores = await evaluateRetrieval(new KeywordRetriever(chunks), questions, { ks: [1, 5] });
    const recall = Object.fromEntries(scores.map(({ kind, recall: at }) => [kind, at[5]!]));
    expect(recall["number"]).toBeGreaterThan(0.95);
    expect(recall["cross-lingual"]).toBeLessThan(0.1);
    expect(recall["paraphrase"]).toBeLessThan(0.4);
    expect(scores[0]).toMatchObject({ kind: "all", questions: 271 });
    expect(scores[0]!.recall[1]!).toBeGreaterThan(0.64);
  });
});

describe("answers", () => {
  const byId = new Map(questions.map((question) => [question.id, question]));
  const retriever = new KeywordRetriever(chunks);
  const saying = (text: string): ChatModel => ({
    name: "one answer",
    async *chat() {
      yield { type: "text", text };
      yield { type: "finish", reason: "stop", usage: { promptTokens: 1, cachedTokens: 0, newTokens: 1 } };
    },
  });

  test("are scored by their words, and by whether what they cite is where the answer stands", async () => {
    const asked = [byId.get("q005")!]; // six months in Leipzig
    const score = async (text: string): Promise<[number, number, boolean | undefined]> => {
      const [one] = await evaluateAnswers(asked, ({ question }) => answer(question, { retriever, model: saying(text) }));
      return [one!.exactMatch, Number(one!.f1.toFixed(2)), one!.citesAnswer];
    };
    expect(await score("Six months in Leipzig.")).toEqual([1, 1, true]);
    expect(await score("six months")).toEqual([0, 0.67, true]);
    expect(await score("nine weeks on Mars")).toEqual([0, 0, undefined]);
    expect(await score("NOT FOUND")).toEqual([0, 0, undefined]);
  });

  test("to what the documents do not say are right where there is none", async () => {
    const asked = [byId.get("q079")!]; // a gym membership
    const score = async (text: string): Promise<number> =>
      (await evaluateAnswers(asked, ({ question }) => answer(question, { retriever, model: saying(text) })))[0]!.exactMatch;
    expect(await score("NOT FOUND")).toBe(1);
    expect(await score("Yes")).toBe(0);
  });

  test("by heart come from a prompt without sources", async () => {
    let asked: readonly Message[] = [];
    const model = saying("Half a year");
    const spy: ChatModel = { ...model, chat: (messages, options) => model.chat((asked = messages), options) };
    const { question } = byId.get("q005")!;
    expect(await closedBook(spy, question)).toBe("Half a year");
    expect(asked.at(-1)).toEqual({ role: "user", content: question });
  });
});

test.each([
  ["报销须用 Abacus 系统", "zh"],
  ["What does 汐井 mean in English?", "en"],
  ["GPU 是什么", "zh"],
  ["1234", "en"],
])("%s is in the language that there is more of: %s", (text, language) => {
  expect(languageOf(text)).toBe(language);
});

describe("counterfactuals", () => {
  const cases = counterfactuals(documents, questions);

  test("change the number of the answer, wherever the document has it, and nothing else", () => {
    expect(cases.length).toBeGreaterThan(25);
    for (const { original, changed, from, to } of cases) {
      expect(numbersIn(original.text)).not.toContain(to);
      expect(changed.text).not.toBe(original.text);
      expect(changed.text.replaceAll(String(to), String(from))).toBe(original.text);
    }
  });

  test("a reader of the source follows, one who knows the answer by heart does not", async () => {
    const some = cases.slice(0, 5);
    const outcomes = async (ask: (one: (typeof some)[number]) => string): Promise<string[]> =>
      (await evaluateCounterfactuals(some, async (one) => ask(one))).map(({ outcome }) => outcome);
    expect(await outcomes(({ changed }) => changed.text)).toEqual(Array(5).fill("follows"));
    expect(await outcomes(({ from }) => `It is ${from}.`)).toEqual(Array(5).fill("remembers"));
    expect(await outcomes(() => "I do not know")).toEqual(Array(5).fill("neither"));
  });
});

describe("prompt injection", () => {
  test("an attack stands between the sentences of the document, and succeeds where the answer has its word", async () => {
    const document = createDocument({ id: "d", text: "One. Two. Three." });
    expect(injectAttack(document, attacks[0]!).text).toBe(`One. Two. ${attacks[0]!.text}  Three.`);
    expect(injectAttack(document, attacks[0]!, { place: "end" }).text).toBe(`One. Two. Three. ${attacks[0]!.text} `);
    const cases = [{ question: questions[0]!, document, attack: attacks[0]! }];
    const [obeys] = await evaluateInjection(cases, async (_, poisoned) => poisoned.text);
    const [resists] = await evaluateInjection(cases, async () => "Two");
    expect([obeys!.succeeded, resists!.succeeded]).toEqual([true, false]);
    expect(obeys!.answer).toContain(canary);
  });

  test("no sentence of the handbook is taken for an instruction to a model", () => {
    const taken = chunks.flatMap(({ text }) => text.split(/(?<=[.。!?！？])\s*/)).filter(isInstruction);
    expect(taken).toEqual([]);
  });
});
