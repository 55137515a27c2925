/**
 * Our models as LangChain's chat models: what LangChain's standard tests ask of every integration (langchain-tests 1.1 for Python: ChatModelUnitTests and
 * ChatModelIntegrationTests, test by test), for the package for JavaScript, @langchain/standard-tests, is not published. The names are theirs.
 */
import { AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { tool } from "@langchain/core/tools";
import { createAgent as createLangChainAgent } from "langchain";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { calculator, createAgent, defineTool } from "../../kernel-helpers/agents/index.ts";
import { toLangChainModel, toLangChainTools } from "../../kernel-helpers/langchain/index.ts";
import { fromLangChain } from "../../kernel-helpers/llm/index.ts";
import { call, scripted } from "../agents/scripted.ts";

const hello = () => toLangChainModel(scripted([{ text: "Hello to you" }]));
const adder = tool(({ a, b }: { a: number; b: number }) => String(a + b), {
  name: "adder",
  description: "Adds",
  schema: z.object({ a: z.number(), b: z.number() }),
});

describe("a chat model by LangChain's standard tests", () => {
  test("test_invoke, test_ainvoke", async () => {
    const result = await hello().invoke("Hello");
    expect(AIMessage.isInstance(result)).toBe(true);
    expect([result.text, result.content]).toEqual(["Hello to you", "Hello to you"]);
  });

  test("test_stream, test_astream", async () => {
    let whole: AIMessageChunk | undefined;
    let pieces = 0;
    for await (const chunk of await hello().stream("Hello")) {
      expect(chunk).toBeInstanceOf(AIMessageChunk);
      whole = whole ? whole.concat(chunk) : chunk;
      pieces++;
    }
    expect([whole!.text, pieces]).toEqual(["Hello to you", 4]);
  });

  test("test_batch, test_abatch", async () => {
    expect((await hello().batch(["Hello", "Hey"])).map(({ text }) => text)).toEqual(["Hello to you", "Hello to you"]);
  });

  test("test_conversation, test_double_messages_conversation", async () => {
    const model = scripted([{ text: "x" }]);
    await toLangChainModel(model).invoke([new SystemMessage("hello"), new HumanMessage("hello"), new HumanMessage([{ type: "text", text: "again" }]), new AIMessage("hi"), new HumanMessage("how are you")]); // prettier-ignore
    expect(model.asked[0]!.messages.map(({ role, content }) => [role, content])).toEqual([["system", "hello"], ["user", "hello"], ["user", "again"], ["assistant", "hi"], ["user", "how are you"]]); // prettier-ignore
  });

  test("test_usage_metadata, test_usage_metadata_streaming", async () => {
    const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
    expect((await hello().invoke("Hello")).usage_metadata).toMatchObject(usage);
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await hello().stream("Hello")) whole = whole ? whole.concat(chunk) : chunk;
    expect(whole!.usage_metadata).toMatchObject(usage);
    expect(whole!.response_metadata).toMatchObject({ finish_reason: "stop" });
  });

  test("test_stop_sequence", async () => {
    const model = scripted([{ text: "x" }]);
    await toLangChainModel(model).invoke("hi", { stop: ["you"] });
    expect(model.asked[0]!.options.stop).toEqual(["you"]);
  });

  test("test_tool_calling, also streamed and with tool_choice", async () => {
    const model = scripted([{ calls: [call("adder", { a: 1, b: 2 }), call("adder", { a: 3, b: 4 })] }]);
    const bound = toLangChainModel(model).bindTools!([adder]);
    const { tool_calls: calls } = await bound.invoke("1 + 2, 3 + 4");
    expect(calls!.map(({ name, args, type }) => [name, args, type])).toEqual([["adder", { a: 1, b: 2 }, "tool_call"], ["adder", { a: 3, b: 4 }, "tool_call"]]); // prettier-ignore
    expect(new Set(calls!.map(({ id }) => id)).size).toBe(2);
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await bound.stream("1 + 2")) whole = whole ? whole.concat(chunk) : chunk;
    expect(whole!.tool_calls!.map(({ args }) => args)).toEqual([{ a: 1, b: 2 }, { a: 3, b: 4 }]); // prettier-ignore
    for (const [tool_choice, wanted] of [
      ["auto", "valid"],
      ["any", "required"],
      ["adder", "required"],
    ]) {
      // prettier-ignore
      await toLangChainModel(model).bindTools!([adder], { tool_choice } as never).invoke("x");
      expect(model.asked.at(-1)!.options).toMatchObject({
        toolChoice: wanted,
        tools: [{ name: "adder", parameters: { type: "object", required: ["a", "b"] } }],
      });
    }
  });

  test("test_tool_message_histories_string_content, _list_content, test_structured_few_shot_examples: results are put into the calls' order", async () => {
    const model = scripted([{ text: "x" }]);
    const calls = ["abc", "def"].map((id, at) => ({ id, name: "adder", args: { a: at, b: 0 }, type: "tool_call" as const }));
    await toLangChainModel(model).bindTools!([adder]).invoke([
      new HumanMessage("sums"),
      new AIMessage({ content: [{ type: "text", text: "Let me see." }, { type: "tool_use", id: "abc", name: "adder", input: {} }], tool_calls: calls }), // prettier-ignore
      new ToolMessage({ content: "second", tool_call_id: "def", name: "adder" }),
      new ToolMessage({ content: [{ type: "text", text: "first" }], tool_call_id: "abc", name: "adder" }),
      new HumanMessage("and?"),
    ]);
    expect(model.asked[0]!.messages.slice(1)).toEqual([
      { role: "assistant", content: "Let me see.", toolCalls: [call("adder", { a: 0, b: 0 }), call("adder", { a: 1, b: 0 })] },
      { role: "tool", content: "first" },
      { role: "tool", content: "second" },
      { role: "user", content: "and?" },
    ]);
  });

  test("test_structured_output, also raw", async () => {
    const model = () => toLangChainModel(scripted([{ calls: [call("extract", { setup: "Why?", punchline: "So." })] }]));
    const joke = z.object({ setup: z.string(), punchline: z.string() });
    expect(await model().withStructuredOutput(joke).invoke("A joke")).toEqual({ setup: "Why?", punchline: "So." });
    const { parsed, raw } = await model().withStructuredOutput(joke, { includeRaw: true }).invoke("A joke");
    expect([parsed, AIMessage.isInstance(raw)]).toEqual([{ setup: "Why?", punchline: "So." }, true]);
  });

  test("a chain pipes through it; callbacks hear the tokens; a signal and a failure reach the caller", async () => {
    const heard: string[] = [];
    const chain = ChatPromptTemplate.fromMessages([["human", "{text}"]])
      .pipe(hello())
      .pipe(new StringOutputParser());
    expect(await chain.invoke({ text: "Hi" }, { callbacks: [{ handleLLMNewToken: (token: string) => void heard.push(token) }] })).toBe(
      "Hello to you",
    );
    expect(heard.join("")).toBe("Hello to you");
    await expect(hello().invoke("x", { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    const failing = toLangChainModel(scripted(() => { throw new Error("the line is dead"); })); // prettier-ignore
    await expect(failing.invoke("x")).rejects.toThrow("the line is dead");
    await expect(hello().invoke([new HumanMessage([{ type: "image_url", image_url: "data:" }])])).rejects.toThrow(
      "a block of type image_url",
    );
  });
});

describe("LangChain's agent with our model and our tools", () => {
  const sums = () => scripted((messages) => (messages.at(-1)!.role === "tool" ? { text: `It is ${messages.at(-1)!.content}.` } : { calls: [call("calculator", { expression: "6 * 7" })] })); // prettier-ignore

  test("runs them to the answer", async () => {
    const agent = createLangChainAgent({ model: toLangChainModel(sums()) as never, tools: toLangChainTools([calculator()]) as never });
    const { messages } = await agent.invoke({ messages: [{ role: "user", content: "6 * 7?" }] });
    expect(messages.map((message) => [message.getType(), message.text])).toEqual([["human", "6 * 7?"], ["ai", ""], ["tool", "42"], ["ai", "It is 42."]]); // prettier-ignore
  });

  test("a tool says what failed, and none runs that needs a person's word", async () => {
    const pay = defineTool({ name: "pay", description: "Pays", parameters: { type: "object" }, needsApproval: true, run: () => "paid" });
    const [calculate, payment] = toLangChainTools([calculator(), pay]);
    expect(await calculate!.invoke({ expression: "1 / 0" })).toMatch(/^error: the expression cannot be computed/);
    expect(await payment!.invoke({})).toBe("error: pay needs a person's approval, which cannot be asked for here");
  });

  test("our agent with LangChain's model, which is ours: there and back again", async () => {
    const result = await createAgent({ model: fromLangChain(toLangChainModel(sums())), tools: [calculator()] }).run("6 * 7?");
    expect(result).toMatchObject({ text: "It is 42.", finishReason: "stop", usage: { inputTokens: 20, outputTokens: 10 } });
  });
});
