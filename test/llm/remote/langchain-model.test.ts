/** Chat models of LangChain's as ours: its own fake model, and chunks as its classes make them. */
import { AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import { FakeListChatModel, FakeStreamingChatModel } from "@langchain/core/utils/testing";
import { describe, expect, test } from "vitest";
import { fromLangChain, type ChatModel, type ChatOptions, type Message, type Part } from "../../../kernel-helpers/llm/index.ts";

async function collect(from: ChatModel, messages: readonly Message[], options?: ChatOptions): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of from.chat(messages, options)) parts.push(part);
  return parts;
}

const question: Message[] = [{ role: "user", content: "Hello?" }];

/** Streams these chunks, and keeps what it was given. */
class Scripted extends FakeStreamingChatModel {
  readonly given: BaseMessage[][] = [];
  readonly #chunks: readonly AIMessageChunk[];

  constructor(chunks: readonly AIMessageChunk[]) {
    super({});
    this.#chunks = chunks;
  }

  override async *_streamResponseChunks(messages: BaseMessage[]): AsyncGenerator<ChatGenerationChunk> {
    this.given.push(messages);
    for (const message of this.#chunks) yield new ChatGenerationChunk({ text: message.text, message });
  }
}

describe("a model of LangChain's", () => {
  test("streams its answer", async () => {
    const parts = await collect(fromLangChain(new FakeListChatModel({ responses: ["Good day"] })), question);
    expect(parts.map((part) => (part.type === "text" ? part.text : part.type)).join("")).toBe("Good dayfinish");
    expect(parts.length).toBeGreaterThan(2);
  });

  test("gets messages and results of tools as its own classes", async () => {
    const model = new Scripted([new AIMessageChunk("ok")]);
    await collect(fromLangChain(model), [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Weather?" },
      { role: "assistant", content: "", toolCalls: [{ name: "weather", arguments: { city: "Wuhan" } }] },
      { role: "tool", content: "rain" },
    ]);
    expect(model.given[0]!.map((message) => [message.type, message.content])).toEqual([
      ["system", "Be brief."],
      ["human", "Weather?"],
      ["ai", ""],
      ["tool", "rain"],
    ]);
    expect(model.given[0]![2]).toMatchObject({ tool_calls: [{ id: "call_0", name: "weather", args: { city: "Wuhan" } }] });
    expect(model.given[0]![3]).toMatchObject({ tool_call_id: "call_0" });
  });

  test("brings calls of tools, usage and the reason of its end", async () => {
    const chunks = [
      new AIMessageChunk({
        content: "",
        tool_call_chunks: [{ type: "tool_call_chunk", index: 0, id: "x", name: "weather", args: '{"city":' }],
      }),
      new AIMessageChunk({ content: "", tool_call_chunks: [{ type: "tool_call_chunk", index: 0, args: '"Wuhan"}' }] }),
      new AIMessageChunk({
        content: "",
        usage_metadata: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
        response_metadata: { finish_reason: "length" },
      }),
    ];
    expect(await collect(fromLangChain(new Scripted(chunks)), question)).toEqual([
      { type: "tool-call", name: "weather", arguments: { city: "Wuhan" } },
      { type: "finish", reason: "length", usage: { promptTokens: 5, cachedTokens: 0, newTokens: 2 } },
    ]);
  });

  test("stops with the signal", async () => {
    const model = fromLangChain(new FakeListChatModel({ responses: ["Good day"], sleep: 5 }));
    await expect(collect(model, question, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });

  test("without tools says so where there are some, and another object is refused", async () => {
    const tools = [{ name: "f", parameters: {} }];
    const bare = fromLangChain({ stream: async () => (async function* () {})() });
    await expect(collect(bare, question, { tools })).rejects.toMatchObject({ code: "ERR_UNAVAILABLE", facts: { reason: "tools" } });
    expect(() => fromLangChain({} as never)).toThrow("model must be a chat model of LangChain, got {}");
  });
});
