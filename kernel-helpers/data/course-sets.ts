/** The data written for this course; datasets/README.md says how each was made. */
import { existsSync } from "node:fs";
import path from "node:path";
import { ArgumentError, FormatError } from "../errors.ts";
import { checkText } from "../runtime/check.ts";
import { datasetsFolder } from "../models/index.ts";
import { readJsonLines } from "./read.ts";

export type Language = "zh" | "en";

export interface Passage {
  id: string;
  language: Language;
  title: string;
  section: string;
  text: string;
  /** The passage that says the same in the other language. */
  parallel?: string;
}

/** What makes a question hard, or easy; datasets/README.md explains each. */
export type QuestionKind = "fact" | "number" | "how-to" | "exception" | "paraphrase" | "cross-lingual" | "two-passage" | "unanswerable";

export interface Question {
  id: string;
  language: Language;
  kind: QuestionKind;
  question: string;
  /** Where the answer is found, word for word; empty when the handbook does not say. */
  answers: { passage: string; text: string }[];
  answerable: boolean;
}

export interface Handbook {
  passages: Passage[];
  questions: Question[];
}

export interface Product {
  id: string;
  name: string;
  nameZh: string;
  category: string;
  /** In CNY. */
  price: number;
  tags: string[];
  description: string;
  descriptionZh: string;
}

export interface PurchaseHistory {
  user: string;
  /** In order of time. */
  events: { product: string; date: string; kind: "purchase" | "wish" }[];
}

export interface Catalogue {
  products: Product[];
  histories: PurchaseHistory[];
}

export interface Ticket {
  id: string;
  created: string;
  language: Language;
  subject: string;
  body: string;
  product?: string;
  /** Tickets of one group report the same fault. */
  group?: string;
}

/** What makes a pair easy or hard to judge; datasets/README.md explains each. */
export type SimilarityKind =
  | "reworded"
  | "paraphrase"
  | "detail"
  | "subset"
  | "number"
  | "roles"
  | "negation"
  | "overlap"
  | "topic"
  | "unrelated";

/** Two sentences and how alike they are in meaning. */
export interface SimilarityPair {
  id: string;
  /** Both sentences are English, or both Chinese; `across`: the first is Chinese, the second English. */
  languages: Language | "across";
  kind: SimilarityKind;
  /** 0 (unrelated) to 5 (the same meaning), on the scale of STS-B. */
  score: number;
  sentence1: string;
  sentence2: string;
}

/** A function that the assistant may call: name, purpose, and a JSON Schema of its arguments, as chat templates take them. */
export interface AssistantTool {
  name: string;
  description: string;
  parameters: { type: "object"; properties: Record<string, object>; required: string[]; additionalProperties: false };
}

/** A call with its arguments; `missing`: an argument to ask for; the tool "none": nothing to call. */
export type AssistantAnswer = { tool: string; missing?: string } & Record<string, string | number | Record<string, number>>;

export interface AssistantRequest {
  id: string;
  split: "train" | "validation" | "test";
  /**
   * What training has not seen of a request of validation or test: `item`, its names, texts, numbers, times and dates, said in a way that it has seen;
   * `phrasing`, the way it is said.
   */
  heldOut?: "item" | "phrasing";
  language: Language;
  kind: "call" | "extract" | "missing" | "none";
  /** Requests of one family are said in one way. */
  family: string;
  request: string;
  /** The one right answer; JSON.stringify gives its canonical form. */
  answer: AssistantAnswer;
}

export interface AssistantRequests {
  tools: AssistantTool[];
  requests: AssistantRequest[];
}

/** The handbook of a fictional company in two languages, with questions whose answers are marked. */
export async function loadHandbook(folder: string = datasetPath("handbook")): Promise<Handbook> {
  checkText("folder", folder);
  const [passages, questions] = await Promise.all([
    readJsonLines<Passage>(path.join(folder, "passages.jsonl"), {
      id: "string",
      language: "string",
      title: "string",
      section: "string",
      text: "string",
      parallel: "string?",
    }),
    readJsonLines<Question>(path.join(folder, "questions.jsonl"), {
      id: "string",
      language: "string",
      kind: "string",
      question: "string",
      answers: "array",
      answerable: "boolean",
    }),
  ]);
  const known = new Set(passages.map((passage) => passage.id));
  for (const question of questions) {
    for (const answer of question.answers) requireKnown(known, answer.passage, `question ${question.id}`, "passage");
  }
  return { passages, questions };
}

/** A shop's products and who bought what. */
export async function loadCatalogue(folder: string = datasetPath("catalogue")): Promise<Catalogue> {
  checkText("folder", folder);
  const [products, histories] = await Promise.all([
    readJsonLines<Product>(path.join(folder, "products.jsonl"), {
      id: "string",
      name: "string",
      nameZh: "string",
      category: "string",
      price: "number",
      tags: "array",
      description: "string",
      descriptionZh: "string",
    }),
    readJsonLines<PurchaseHistory>(path.join(folder, "histories.jsonl"), { user: "string", events: "array" }),
  ]);
  const known = new Set(products.map((product) => product.id));
  for (const history of histories) {
    for (const event of history.events) requireKnown(known, event.product, `the history of ${history.user}`, "product");
  }
  return { products, histories };
}

/** A help desk's tickets, with those that report the same fault marked. */
export async function loadTickets(folder: string = datasetPath("tickets")): Promise<Ticket[]> {
  checkText("folder", folder);
  return readJsonLines<Ticket>(path.join(folder, "tickets.jsonl"), {
    id: "string",
    created: "string",
    language: "string",
    subject: "string",
    body: "string",
    product: "string?",
    group: "string?",
  });
}

/** Pairs of sentences, each with a score for how alike they are in meaning. */
export async function loadSimilarity(folder: string = datasetPath("similarity")): Promise<SimilarityPair[]> {
  checkText("folder", folder);
  return readJsonLines<SimilarityPair>(path.join(folder, "pairs.jsonl"), {
    id: "string",
    languages: "string",
    kind: "string",
    score: "number",
    sentence1: "string",
    sentence2: "string",
  });
}

/** What people ask of an assistant, with the one right call for each, and the tools that it can call. */
export async function loadRequests(folder: string = datasetPath("requests")): Promise<AssistantRequests> {
  checkText("folder", folder);
  const [tools, requests] = await Promise.all([
    readJsonLines<AssistantTool>(path.join(folder, "tools.jsonl"), { name: "string", description: "string", parameters: "object" }),
    readJsonLines<AssistantRequest>(path.join(folder, "requests.jsonl"), {
      id: "string",
      split: "string",
      heldOut: "string?",
      language: "string",
      kind: "string",
      family: "string",
      request: "string",
      answer: "object",
    }),
  ]);
  const known = new Set([...tools.map((tool) => tool.name), "none"]);
  for (const { id, answer } of requests) requireKnown(known, answer.tool, `the answer to ${id}`, "tool");
  return { tools, requests };
}

/** The folder of a data set that is in the checkout. */
export function datasetPath(name: string): string {
  const folder = path.join(datasetsFolder(), checkText("name", name, { allowEmpty: false }));
  if (path.dirname(folder) === datasetsFolder() && existsSync(folder)) return folder;
  throw new ArgumentError(`there is no data set at ${folder}`, {
    hint: "the course has catalogue, handbook, requests, shop, similarity and tickets there",
    facts: { argument: "name", value: name, folder },
  });
}

function requireKnown(known: ReadonlySet<string>, id: string, user: string, kind: string): void {
  if (known.has(id)) return;
  throw new FormatError(`${user} names the ${kind} ${id}, which does not exist`, {
    hint: "the files of a data set belong together: restore both",
    facts: { user, kind, id },
  });
}
