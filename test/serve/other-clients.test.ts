/** LangChain's and the AI SDK's clients talk to the server, and our own does. */
import { rmSync } from "node:fs";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { embedMany, generateObject, generateText, jsonSchema, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAiCompatible } from "../../kernel-helpers/llm/index.ts";
import { serve, type ModelServer } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, post, writeTinyChat, writeTinyEncoder } from "./tiny-chat.ts";

const folder = makeFolder();
let server: ModelServer;
let expected: string;
beforeAll(async () => {
  server = await serve({
    models: [
      { id: "tiny", model: await writeTinyChat(folder), slots: 2, slotTokens: 512, threads: 1 },
      { id: "encoder", model: writeTinyEncoder(folder), kind: "embeddings", threads: 1 },
    ],
    port: 0,
  });
  const body = { model: "tiny", messages: [{ role: "user", content: "Hello" }], temperature: 0, max_tokens: 20 };
  expected = (await post(`${server.url}/v1/chat/completions`, body)).json.choices[0].message.content;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const city = {
  type: "object",
  properties: { city: { enum: ["Paris", "Rome"] } },
  required: ["city"],
  additionalProperties: false,
} as const;

describe("LangChain", () => {
  const model = (maxTokens: number = 20) =>
    new ChatOpenAI({
      model: "tiny",
      apiKey: "none",
      temperature: 0,
      maxTokens,
      maxRetries: 0,
      configuration: { baseURL: `${server.url}/v1` },
    });

  test("asks and streams", async () => {
    const answer = await model().invoke("Hello");
    expect(answer.content).toBe(expected);
    expect(answer.usage_metadata).toMatchObject({ output_tokens: 20 });
    let text = "";
    for await (const chunk of await model().stream("Hello")) text += chunk.content as string;
    expect(text).toBe(expected);
  });

  test("has tools called, and answers that fit a schema", async () => {
    const weather = { type: "function" as const, function: { name: "weather", parameters: city } };
    const bound = model(100).bindTools([weather], { tool_choice: "required" });
    const { tool_calls: calls } = await bound.invoke("Hello");
    expect(calls![0]).toMatchObject({ name: "weather", args: { city: expect.stringMatching(/^(Paris|Rome)$/) } });
    const structured = model(60).withStructuredOutput(city, { name: "city", method: "jsonSchema", strict: true });
    expect(await structured.invoke("Hello")).toEqual({ city: expect.stringMatching(/^(Paris|Rome)$/) });
  });

  test("embeds", async () => {
    const encoder = new OpenAIEmbeddings({ model: "encoder", apiKey: "none", configuration: { baseURL: `${server.url}/v1` } });
    expect(await encoder.embedQuery("a")).toHaveLength(32);
  });
});

describe("the AI SDK", () => {
  const provider = () =>
    createOpenAICompatible({ name: "cairn", baseURL: `${server.url}/v1`, supportsStructuredOutputs: true, includeUsage: true });
  const asked = () => ({ model: provider()("tiny"), prompt: "Hello", temperature: 0, maxOutputTokens: 20, maxRetries: 0 });

  test("asks and streams", async () => {
    const { text, finishReason, usage } = await generateText(asked());
    expect([text, finishReason, usage.outputTokens]).toEqual([expected, "length", 20]);
    const streamed = streamText(asked());
    let all = "";
    for await (const piece of streamed.textStream) all += piece;
    expect([all, (await streamed.usage).outputTokens]).toEqual([expected, 20]);
  });

  test("has tools called, and objects that fit a schema", async () => {
    const weather = tool({ description: "weather", inputSchema: jsonSchema<{ city: string }>(city) });
    const { toolCalls } = await generateText({ ...asked(), maxOutputTokens: 100, tools: { weather }, toolChoice: "required" });
    expect(toolCalls[0]).toMatchObject({ toolName: "weather", input: { city: expect.stringMatching(/^(Paris|Rome)$/) } });
    const { object } = await generateObject({ ...asked(), maxOutputTokens: 60, schema: jsonSchema<{ city: string }>(city) });
    expect(object).toEqual({ city: expect.stringMatching(/^(Paris|Rome)$/) });
  });

  test("embeds", async () => {
    const { embeddings } = await embedMany({ model: provider().embeddingModel("encoder"), values: ["a", "a a"] });
    expect(embeddings.map((vector) => vector.length)).toEqual([32, 32]);
  });
});

test("our own client of such servers reads it, too", async () => {
  let text = "";
  const model = openAiCompatible({ baseUrl: `${server.url}/v1`, model: "tiny" });
  for await (const part of model.chat([{ role: "user", content: "Hello" }], { temperature: 0, maxNewTokens: 20 })) {
    if (part.type === "text") text += part.text;
  }
  expect(text).toBe(expected);
});
