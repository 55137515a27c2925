/** A question answered from documents: what was found, what the model made of it, and the places that bear it out. */
import type { ChatModel, Usage } from "../../llm/index.ts";
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOptions,
  checkSignal,
  checkText,
} from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { checkRetriever } from "../retrievers/check.ts";
import type { Retrieved, RetrievalStep, Retriever } from "../retrievers/retriever.ts";
import { tokenCounter, type CountTokens } from "../tokens.ts";
import { checkReply, type Reply } from "./citations.ts";
import type { Defence } from "./defence.ts";
import { languageOf } from "../language.ts";
import { buildPrompt, notFound, type Prompt } from "./prompt.ts";

export interface AnswerOptions {
  /** Where to look: a retriever, or what indexFolder returns. */
  retriever: Retriever;
  /** What writes the answer: a LanguageModel, openAiCompatible(…), fromLangChain(…). */
  model: ChatModel;
  /** How many chunks are looked at. @default 4 */
  topK?: number;
  /** Tokens of the prompt at most. @default 1500 */
  budget?: number;
  /** Text → tokens. @default by the model's tokenizer, where it has one, else estimateTokens */
  countTokens?: CountTokens;
  /** Below this confidence the model is not asked; calibrateThreshold finds one. @default 0, always asked */
  threshold?: number;
  /** How likely it is that the answer is among what was found. @default confidenceOf */
  confidence?: (found: readonly Retrieved[]) => number;
  /** Against instructions in documents: `delimit`: sources between marks, as data; `withhold`: also without sentences that speak to a model. @default "withhold" */
  defence?: Defence;
  /** Ask the model to quote what it relies on. Small models answer worse then; without it the sentences are looked up. @default false */
  askQuotes?: boolean;
  /** @default "best-first" */
  order?: "best-first" | "best-last";
  /** @default 160 */
  maxNewTokens?: number;
  signal?: AbortSignal;
}

/** How an answer came about, step by step. */
export interface Trace {
  steps: readonly RetrievalStep[];
  /** undefined where the model was not asked. */
  prompt: Prompt | undefined;
  /** What the model wrote, as it is. */
  reply: string;
  usage: Usage | undefined;
  /** `firstText`: from the prompt to the first text. */
  seconds: { retrieval: number; prompt: number; firstText: number; generation: number; total: number };
}

export interface Answer extends Reply {
  question: string;
  /** undefined: answered. `retrieval`: nothing was found with enough confidence, and the model was not asked; `model`: the model said that the sources do not say. */
  abstained: "retrieval" | "model" | undefined;
  confidence: number;
  found: readonly Retrieved[];
  trace: Trace;
}

export type AnswerPart =
  | { type: "found"; found: readonly Retrieved[]; confidence: number }
  | { type: "text"; text: string }
  | { type: "answer"; answer: Answer };

/** Cosines of one encoder differ by about a fifth of what shares of words do. */
const cosineWeight = 5;

/**
 * How relevant the first of what was found is: the reranker's score if there is one, else the share of the question's words plus five times the cosine, as far as each
 * was measured. It means nothing by itself: calibrateThreshold finds where to draw the line. On the handbook it tells questions with an answer from those without with an
 * AUROC of 0.81 where both searches are at work, and 0.69 by words alone (without questions in the other language). It is 0 where nothing was found.
 */
export function confidenceOf(found: readonly Retrieved[]): number {
  const [best] = found;
  if (!best) return 0;
  const { rerank, keyword = 0, dense = 0 } = best.relevance;
  return rerank ?? keyword + cosineWeight * dense;
}

/**
 * Answers a question from documents.
 *
 * @returns The answer; its `text` says so where it abstains.
 * @throws {ArgumentError} An option that is unknown, missing or out of range.
 * @example
 * const index = await indexFolder('docs')
 * const reply = await answer('How long is probation?', { retriever: index, model })
 * reply.citations[0]  // { document: 'hr.md', start: 210, end: 263, quote: 'Probation lasts …', place: 'hr.md:12', … }
 */
export async function answer(question: string, options: AnswerOptions): Promise<Answer> {
  for await (const part of streamAnswer(question, options)) if (part.type === "answer") return part.answer;
  throw new TypeError("a stream of an answer ends with the answer");
}

/** The same as it comes: what was found, text as it is written, and the whole answer at the end. ■, Ctrl-C and `signal` end it. */
export function streamAnswer(question: string, options: AnswerOptions): AsyncGenerator<AnswerPart, void> {
  checkText("question", question, { allowEmpty: false });
  return stream(question, checkAnswerOptions(options));
}

type Checked = Required<Omit<AnswerOptions, "signal">> & { signal: AbortSignal | undefined };

const names = "retriever model topK budget countTokens threshold confidence defence askQuotes order maxNewTokens signal".split(" ");

export function checkAnswerOptions(options: AnswerOptions): Checked {
  checkOptions("options", options ?? {}, names);
  const { model, retriever, signal, topK = 4, budget = 1500, threshold = 0, defence = "withhold", order = "best-first" } = options;
  checkRetriever("retriever", retriever);
  if (typeof (model as ChatModel | undefined)?.chat !== "function")
    throw argumentError("model", "a model for conversations", model, {
      hint: "pass a LanguageModel, openAiCompatible(…) or fromLangChain(…)",
    });
  checkSignal("signal", signal);
  return {
    model,
    retriever,
    signal,
    topK: checkInteger("topK", topK, { min: 1 }),
    budget: checkInteger("budget", budget, { min: 64 }),
    threshold: checkNumber("threshold", threshold),
    defence: checkChoice("defence", defence, ["none", "delimit", "withhold"]),
    order: checkChoice("order", order, ["best-first", "best-last"]),
    askQuotes: checkBoolean("askQuotes", options.askQuotes ?? false),
    maxNewTokens: checkInteger("maxNewTokens", options.maxNewTokens ?? 160, { min: 1 }),
    countTokens: checkFunction("countTokens", options.countTokens ?? tokenCounter(model)),
    confidence: checkFunction("confidence", options.confidence ?? confidenceOf),
  };
}

async function* stream(question: string, options: Checked): AsyncGenerator<AnswerPart, void> {
  const { model, retriever, topK, threshold, maxNewTokens } = options;
  using interrupt = await interruptible(options.signal);
  const { signal } = interrupt;
  const steps: RetrievalStep[] = [];
  const begun = performance.now();
  const since = (from: number): number => (performance.now() - from) / 1000;
  const found = await retriever.retrieve(question, { topK, signal, onStep: (step) => void steps.push(step) });
  const confidence = options.confidence(found);
  const seconds = { retrieval: since(begun), prompt: 0, firstText: 0, generation: 0, total: 0 };
  yield { type: "found", found, confidence };

  const finish = (reply: string, abstained: Answer["abstained"], prompt?: Prompt, usage?: Usage): AnswerPart => {
    seconds.total = since(begun);
    const checked = abstained
      ? { text: unanswered[languageOf(question)], citations: [], rejected: [] }
      : checkReply(reply, prompt!.sources);
    const trace: Trace = { steps, prompt, reply, usage, seconds };
    return { type: "answer", answer: { ...checked, question, abstained, confidence, found, trace } };
  };
  if (found.length === 0 || confidence < threshold) {
    yield finish("", "retrieval");
    return;
  }

  const building = performance.now();
  const prompt = buildPrompt(question, found, options);
  seconds.prompt = since(building);
  const asked = performance.now();
  let reply = "";
  let usage: Usage | undefined;
  for await (const part of model.chat(prompt.messages, { temperature: 0, maxNewTokens, signal })) {
    if (part.type === "text") {
      if (reply === "") seconds.firstText = since(asked);
      reply += part.text;
      yield { type: "text", text: part.text };
    } else if (part.type === "finish") usage = part.usage;
  }
  seconds.generation = since(asked);
  yield finish(reply, declines(reply) ? "model" : undefined, prompt, usage);
}

const unanswered = { en: "The documents do not say.", zh: "资料中没有说明。" } as const;

/** Whether the reply is, or begins with, what a model is told to write where the sources do not answer. */
const declines = (reply: string): boolean =>
  reply.trim() === "" ||
  Object.values(notFound).some((words) =>
    reply
      .replace(/^[\s"'“`*[(（]+/, "")
      .toUpperCase()
      .startsWith(words),
  );
