/** From the question to the answer: what the model is asked, what streams, when it is not asked, and what is kept of it all. */
import { describe, expect, test } from "vitest";
import type { ChatModel, ChatOptions, Message } from "../../kernel-helpers/llm/index.ts";
import {
  answer,
  chunk,
  createDocument,
  DenseRetriever,
  HybridRetriever,
  KeywordRetriever,
  RerankedRetriever,
  streamAnswer,
  type Encoder,
} from "../../kernel-helpers/rag/index.ts";

const documents = [
  createDocument({ id: "a.md", text: "Probation lasts six months in Leipzig. Meals cost 80 yuan." }),
  createDocument({ id: "b.md", text: "The flood alarm is tested on Mondays.\nIt is loud." }),
];
const chunks = documents.flatMap((document) => chunk(document));
const retriever = new KeywordRetriever(chunks);

/** Says what it is told to say, a word at a time, and remembers what it was asked. */
function parrot(words: string): ChatModel & { asked: { messages: readonly Message[]; options: ChatOptions | undefined }[] } {
  const asked: { messages: readonly Message[]; options: ChatOptions | undefined }[] = [];
  return {
    name: "parrot",
    asked,
    async *chat(messages, options) {
      asked.push({ messages, options });
      for (const text of words.split(/(?<= )/)) yield { type: "text", text };
      yield { type: "finish", reason: "stop", usage: { promptTokens: 9, cachedTokens: 0, newTokens: 3 } };
    },
  };
}

describe("an answer", () => {
  test("comes with the places that bear it out, and with all that led to it", async () => {
    const model = parrot("Six months");
    const reply = await answer("How long is probation?", { retriever, model });
    expect(reply).toMatchObject({ text: "Six months", abstained: undefined, rejected: [] });
    expect(reply.citations.map(({ place, quote }) => [place, quote])).toEqual([["a.md:1", "Probation lasts six months in Leipzig."]]);
    const { steps, prompt, usage, seconds } = reply.trace;
    expect(steps.map(({ name }) => name)).toEqual(["keyword"]);
    expect(model.asked[0]!.messages).toEqual(prompt!.messages);
    expect(model.asked[0]!.options).toMatchObject({ temperature: 0, maxNewTokens: 160 });
    expect(usage).toEqual({ promptTokens: 9, cachedTokens: 0, newTokens: 3 });
    expect(seconds.total).toBeGreaterThanOrEqual(seconds.generation);
  });

  test("streams: what was found first, text as it is written, the whole at the end", async () => {
    const types: string[] = [];
    let text = "";
    for await (const part of streamAnswer("How long is probation?", { retriever, model: parrot("Six months then") })) {
      types.push(part.type);
      if (part.type === "text") text += part.text;
    }
    expect(types).toEqual(["found", "text", "text", "text", "answer"]);
    expect(text).toBe("Six months then");
  });

  test("is not asked for below the threshold, or where nothing was found", async () => {
    const model = parrot("Six months");
    expect(await answer("How long is probation?", { retriever, model, threshold: 0.9 })).toMatchObject({
      abstained: "retrieval",
      citations: [],
    });
    expect(await answer("zzz", { retriever, model })).toMatchObject({
      abstained: "retrieval",
      text: "The documents do not say.",
      confidence: 0,
    });
    expect(model.asked).toEqual([]);
  });

  test.each(["NOT FOUND", "Not found.", "  “未找到”", ""])("%j of the model is an abstention", async (reply) => {
    expect((await answer("试用期 probation 多久？", { retriever, model: parrot(reply) })).abstained).toBe("model");
  });

  test("stops with the signal, between two pieces of text", async () => {
    const controller = new AbortController();
    const model: ChatModel = {
      name: "slow",
      async *chat(_, options) {
        yield { type: "text", text: "Six " };
        controller.abort(new Error("enough"));
        options!.signal!.throwIfAborted();
        yield { type: "text", text: "months" };
      },
    };
    await expect(answer("How long is probation?", { retriever, model, signal: controller.signal })).rejects.toThrow("enough");
  });

  test("needs a retriever, a model and options that it knows", async () => {
    const model = parrot("x");
    await expect(answer("", { retriever, model })).rejects.toThrow("question must be text that is not empty");
    await expect(answer("?", { retriever: {} as never, model })).rejects.toThrow("retriever must be a retriever, got {}");
    await expect(answer("?", { retriever, model: "gpt" as never })).rejects.toThrow('model must be a model for conversations, got "gpt"');
    await expect(answer("?", { retriever, model, topk: 3 } as never)).rejects.toThrow('options has no option "topk"');
  });
});

describe("retrievers", () => {
  /** Meaning by hand: floods and water are near to each other. */
  const encoder: Encoder = {
    name: "by hand",
    dimension: 2,
    prompts: { query: "q: ", passage: "p: " },
    async encode(texts, options) {
      expect(options?.prompt).toBe(texts[0] === "water" || texts[0] === "flood alarm" ? "query" : "passage");
      return { data: Float32Array.from(texts.flatMap((text) => (/flood|water/.test(text) ? [1, 0] : [0, 1]))) };
    },
  };

  test("by meaning find what has no word of the question; fused, they find what either does, and say how", async () => {
    await using dense = await DenseRetriever.create(chunks, encoder);
    const hybrid = new HybridRetriever([retriever, dense]);
    expect(await retriever.retrieve("water")).toEqual([]);
    expect((await hybrid.retrieve("water", { topK: 1 }))[0]).toMatchObject({
      chunk: { document: { id: "b.md" } },
      relevance: { dense: 1 },
    });
    const steps: string[] = [];
    const [best] = await hybrid.retrieve("flood alarm", { topK: 1, onStep: ({ name }) => steps.push(name) });
    expect(best!.relevance).toEqual({ keyword: expect.any(Number), dense: 1 });
    expect(best!.score).toBeCloseTo(2 / 61);
    expect(steps.sort()).toEqual(["dense", "fused", "keyword"]);
  });

  test("by meaning, language by language, take turns between them, the question's own first", async () => {
    const texts = ["flood one", "flood two", "water flood three", "flood 洪水一号的警报", "water 洪水二号的警报", "other"];
    const mixed = texts.flatMap((text, index) => chunk(createDocument({ id: String(index), text })));
    const flood: Encoder = {
      ...encoder,
      encode: async (given) => ({ data: Float32Array.from(given.flatMap((text) => (/flood|water|洪水/.test(text) ? [1, 0] : [0, 1]))) }),
    };
    await using plain = await DenseRetriever.create(mixed, flood);
    await using turns = await DenseRetriever.create(mixed, flood, { perLanguage: true });
    const ids = async (from: DenseRetriever, query: string): Promise<string> =>
      (await from.retrieve(query, { topK: 4 })).map(({ chunk: { document } }) => document.id).join(" ");
    expect(await ids(plain, "flood")).toBe("0 1 2 3");
    expect(await ids(turns, "flood")).toBe("0 3 1 4");
    expect(await ids(turns, "洪水")).toBe("3 0 4 1");
  });

  test("with a reranker come in its order", async () => {
    const both = new KeywordRetriever(chunks);
    const reranked = new RerankedRetriever(both, { name: "length", rerank: async (_, texts) => texts.map(({ length }) => -length) });
    const found = await reranked.retrieve("probation flood", { topK: 2 });
    expect(found.map(({ chunk: { document } }) => document.id)).toEqual(["b.md", "a.md"]);
    expect(found[0]!.relevance.rerank).toBe(found[0]!.score);
  });
});
