/** Our models and tools under the AI SDK's own functions, and its models under ours. */
import { generateText, Output, stepCountIs, streamText } from "ai";
import { MockLanguageModelV3, simulateReadableStream } from "ai/test";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { calculator, createAgent, defineTool } from "../../kernel-helpers/agents/index.ts";
import { fromAiSdk, toAiSdkModel, toAiSdkTools } from "../../kernel-helpers/aisdk/index.ts";
import { call, scripted } from "../agents/scripted.ts";

const sum = (messages: readonly { role: string }[]) =>
  messages.at(-1)!.role === "tool"
    ? { text: "It is 42. " }
    : { text: "Let me see.", calls: [call("calculator", { expression: "6 * 7" }), call("calculator", { expression: "1/0" })] };

describe("our model under the AI SDK", () => {
  test("generateText runs the tools that it calls, step by step; what failed is said to the model in the order of the calls", async () => {
    const model = scripted(sum);
    const { text, steps, finishReason, totalUsage, toolResults } = await generateText({
      model: toAiSdkModel(model),
      system: "Be brief.",
      prompt: "6 * 7?",
      tools: toAiSdkTools([calculator()]),
      stopWhen: stepCountIs(3),
      temperature: 0.5,
      maxOutputTokens: 99,
    });
    expect([text, steps.length, finishReason, toolResults]).toEqual(["It is 42. ", 2, "stop", []]);
    expect(steps[0]).toMatchObject({ finishReason: "tool-calls", text: "Let me see." });
    expect([totalUsage.inputTokens, totalUsage.outputTokens, totalUsage.totalTokens]).toEqual([20, 10, 30]);
    expect(model.asked[0]!.options).toMatchObject({ temperature: 0.5, maxNewTokens: 99, toolChoice: "valid" });
    expect(model.asked[0]!.options.tools).toEqual([
      { name: "calculator", description: calculator().description, parameters: calculator().parameters },
    ]);
    expect(model.asked[1]!.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "6 * 7?" },
      {
        role: "assistant",
        content: "Let me see.",
        toolCalls: [call("calculator", { expression: "6 * 7" }), call("calculator", { expression: "1/0" })],
      },
      { role: "tool", content: "42" },
      { role: "tool", content: expect.stringMatching(/^the expression cannot be computed/) as string },
    ]);
  });

  test("streamText streams text and calls as they come", async () => {
    const result = streamText({
      model: toAiSdkModel(scripted(sum)),
      prompt: "6 * 7?",
      tools: toAiSdkTools([calculator()]),
      stopWhen: stepCountIs(3),
    });
    const types: string[] = [];
    for await (const part of result.fullStream) types.push(part.type);
    const count = (wanted: string): number => types.filter((type) => type === wanted).length;
    expect(["text-delta", "tool-input-start", "tool-call", "tool-result", "tool-error", "error"].map(count)).toEqual([6, 2, 2, 1, 1, 0]);
    expect(types.indexOf("text-end")).toBeLessThan(types.indexOf("tool-input-start"));
    expect(await result.text).toBe("It is 42. ");
    expect(await result.finishReason).toBe("stop");
  });

  test("its answer fits a schema that is asked for", async () => {
    const model = scripted([{ text: '{"city":"Paris"}' }]);
    const { output } = await generateText({
      model: toAiSdkModel(model),
      prompt: "Where?",
      output: Output.object({ schema: z.object({ city: z.string() }) }),
    });
    expect(output).toEqual({ city: "Paris" });
    expect(model.asked[0]!.options.schema).toMatchObject({ type: "object", properties: { city: { type: "string" } }, required: ["city"] });
  });

  test("toolChoice, and what cannot be kept to", async () => {
    const model = scripted([{ text: "x" }, { calls: [call("other")] }]);
    const tools = toAiSdkTools([
      calculator(),
      defineTool({ name: "other", description: "Other", parameters: { type: "object" }, run: () => "" }),
    ]);
    const ask = async (toolChoice: "none" | "required" | { type: "tool"; toolName: string }) =>
      generateText({ model: toAiSdkModel(model), prompt: "x", tools, toolChoice, presencePenalty: 1 });
    const { warnings } = await ask("none");
    expect(warnings).toEqual([{ type: "unsupported", feature: "presencePenalty" }]);
    await ask("required");
    await ask({ type: "tool", toolName: "other" });
    expect(model.asked.map(({ options }) => [options.toolChoice, options.tools?.map(({ name }) => name)])).toEqual([[undefined, undefined], ["required", ["calculator", "other"]], ["required", ["other"]]]); // prettier-ignore
  });

  test("a signal and a failure reach the caller", async () => {
    const failing = scripted(() => {
      throw new Error("the line is dead");
    });
    await expect(generateText({ model: toAiSdkModel(failing), prompt: "x", maxRetries: 0 })).rejects.toThrow("the line is dead");
    const errors: unknown[] = [];
    await streamText({
      model: toAiSdkModel(failing),
      prompt: "x",
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    }).consumeStream();
    expect(String(errors[0])).toContain("the line is dead");
    await expect(
      generateText({ model: toAiSdkModel(scripted([{ text: "x" }])), prompt: "x", abortSignal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i);
    await expect(generateText({ model: toAiSdkModel(scripted([{ text: "x" }])), messages: [{ role: "user", content: [{ type: "image", image: Uint8Array.of(1), mediaType: "image/png" }] }] })).rejects.toThrow("the prompt has a part of type file"); // prettier-ignore
  });

  test("a tool that needs approval waits for it, as the SDK has it", async () => {
    let paid = 0;
    const pay = defineTool({ name: "pay", description: "Pays", parameters: { type: "object" }, needsApproval: true, run: () => ++paid });
    const { content } = await generateText({
      model: toAiSdkModel(scripted([{ calls: [call("pay")] }])),
      prompt: "x",
      tools: toAiSdkTools([pay]),
    });
    expect([content.map(({ type }) => type), paid]).toEqual([["tool-call", "tool-approval-request"], 0]);
  });
});

describe("a model of the AI SDK under ours", () => {
  test("an agent runs with it: there and back again nothing is lost", async () => {
    const inner = scripted(sum);
    const result = await createAgent({ model: fromAiSdk(toAiSdkModel(inner)), tools: [calculator()], defence: "none" }).run("6 * 7?");
    expect(result).toMatchObject({ text: "It is 42.", finishReason: "stop", steps: 2, usage: { inputTokens: 20, outputTokens: 10 } });
    const direct = scripted(sum);
    await createAgent({ model: direct, tools: [calculator()], defence: "none" }).run("6 * 7?");
    expect(inner.asked.map(({ messages }) => messages)).toEqual(direct.asked.map(({ messages }) => messages));
  });

  test("the SDK's own mock: text in pieces, usage, an answer that was cut off, malformed calls", async () => {
    const usage = {
      inputTokens: { total: 7, noCache: 4, cacheRead: 3, cacheWrite: undefined },
      outputTokens: { total: 2, text: 2, reasoning: undefined },
    };
    const mock = (parts: object[], unified = "length") =>
      new MockLanguageModelV3({ doStream: async () => ({ stream: simulateReadableStream({ chunks: [...parts, { type: "finish", finishReason: { unified, raw: unified }, usage }] as never[] }) }) }); // prettier-ignore
    const text = mock([{ type: "text-start", id: "1" }, { type: "text-delta", id: "1", delta: "Hel" }, { type: "text-delta", id: "1", delta: "lo" }, { type: "text-end", id: "1" }]); // prettier-ignore
    const result = await createAgent({ model: fromAiSdk(text), instructions: "Be brief." }).run("Hi");
    expect(result).toMatchObject({ text: "Hello", finishReason: "length", usage: { inputTokens: 7, cachedTokens: 3, outputTokens: 2 } });
    expect(text.doStreamCalls[0]!.prompt).toEqual([{ role: "system", content: "Be brief." }, { role: "user", content: [{ type: "text", text: "Hi" }] }]); // prettier-ignore
    const malformed = mock([{ type: "tool-call", toolCallId: "1", toolName: "calculator", input: "{" }], "tool-calls");
    expect((await createAgent({ model: fromAiSdk(malformed), tools: [calculator()] }).run("x")).error).toMatchObject({
      code: "ERR_FORMAT",
    });
    expect(() => fromAiSdk({ specificationVersion: "v2" } as never)).toThrow("model must be a model of the AI SDK");
  });
});
