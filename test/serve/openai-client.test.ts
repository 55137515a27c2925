/** OpenAI's own client talks to the server as to OpenAI. */
import { rmSync } from "node:fs";
import { Ajv } from "ajv";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LanguageModel } from "../../kernel-helpers/llm/index.ts";
import { serve, type ModelServer } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, writeTinyChat, writeTinyEncoder } from "./tiny-chat.ts";

const folder = makeFolder();
let server: ModelServer;
let client: OpenAI;
let alone: LanguageModel;
beforeAll(async () => {
  const model = await writeTinyChat(folder);
  server = await serve({
    models: [
      { id: "tiny", model, slots: 4, slotTokens: 512, threads: 1 },
      { id: "encoder", model: writeTinyEncoder(folder), kind: "embeddings", threads: 1 },
    ],
    port: 0,
  });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
  alone = await LanguageModel.load(model, { threads: 1 });
});
afterAll(async () => {
  await Promise.all([server.close(), alone.close()]);
  rmSync(folder, { recursive: true });
});

const messages = [{ role: "user" as const, content: "Hello" }];
const ask = { model: "tiny", messages, temperature: 0, max_tokens: 20 };

async function textAlone(options: object): Promise<string> {
  let text = "";
  for await (const part of alone.chat(messages, { temperature: 0, maxNewTokens: 20, ...options }))
    if (part.type === "text") text += part.text;
  return text;
}

describe("chat completions", () => {
  test("are what the model writes", async () => {
    const { choices, usage, object } = await client.chat.completions.create(ask);
    expect(object).toBe("chat.completion");
    expect(choices).toMatchObject([{ index: 0, message: { role: "assistant", content: await textAlone({}) }, finish_reason: "length" }]);
    const promptTokens = "<user>Hello<assistant>".length;
    expect(usage).toMatchObject({ prompt_tokens: promptTokens, completion_tokens: 20, total_tokens: promptTokens + 20 });
  });

  test("stream the same text, its usage last", async () => {
    const stream = await client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } });
    let text = "";
    const chunks = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe(await textAlone({}));
    expect(chunks[0]!.choices[0]!.delta.role).toBe("assistant");
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("length");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 20 } });
  });

  test("are drawn by their seed, each of n by its own", async () => {
    const drawn = { ...ask, temperature: 1, n: 3, seed: 5 };
    const texts = async (): Promise<(string | null)[]> =>
      (await client.chat.completions.create(drawn)).choices.map(({ message }) => message.content);
    const first = await texts();
    expect(await texts()).toEqual(first);
    expect(new Set(first).size).toBe(3);
    expect(first[1]).toBe(await textAlone({ temperature: 1, seed: 6 }));
  });

  test("tell log-probabilities as OpenAI does, with the bytes of each token", async () => {
    const { choices } = await client.chat.completions.create({ ...ask, logprobs: true, top_logprobs: 2 });
    const tokens = choices[0]!.logprobs!.content!;
    expect(tokens).toHaveLength(20);
    for (const { logprob, top_logprobs: top } of tokens) {
      expect(top).toHaveLength(2);
      expect(top[0]!.logprob).toBe(logprob); // the likeliest was taken
      expect(top[1]!.logprob).toBeLessThanOrEqual(logprob);
    }
    const bytes = Buffer.from(tokens.flatMap(({ bytes: own }) => own!));
    expect(new TextDecoder().decode(bytes)).toBe(choices[0]!.message.content);
  });

  test("end before a stop string", async () => {
    const whole = await textAlone({});
    const stop = Array.from(whole)[6]!;
    const { choices } = await client.chat.completions.create({ ...ask, stop });
    expect(choices[0]).toMatchObject({ finish_reason: "stop", message: { content: whole.slice(0, whole.indexOf(stop)) } });
  });

  test("fit a schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { enum: ["Paris", "Rome"] }, people: { type: "integer", minimum: 0, maximum: 999 } },
      required: ["city", "people"],
      additionalProperties: false,
    };
    const { choices } = await client.chat.completions.create({
      ...ask,
      temperature: 1,
      max_tokens: 80,
      response_format: { type: "json_schema", json_schema: { name: "city", schema, strict: true } },
    });
    const value: unknown = JSON.parse(choices[0]!.message.content!);
    expect(new Ajv().validate(schema, value), JSON.stringify(value)).toBe(true);
    const free = await client.chat.completions.create({ ...ask, max_tokens: 60, response_format: { type: "json_object" } });
    expect(typeof JSON.parse(free.choices[0]!.message.content!)).toBe("object");
  });

  test.each([false, true])("call tools with arguments that fit, streamed: %s", async (stream) => {
    const parameters = {
      type: "object",
      properties: { city: { enum: ["Paris", "Rome"] } },
      required: ["city"],
      additionalProperties: false,
    };
    const request = {
      ...ask,
      max_tokens: 120,
      tools: [{ type: "function" as const, function: { name: "weather", parameters } }],
      tool_choice: "required" as const,
    };
    const { choices } = stream
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    const [call] = choices[0]!.message.tool_calls!;
    expect(choices[0]!.finish_reason).toBe("tool_calls");
    expect(call).toMatchObject({ type: "function", function: { name: "weather" } });
    expect(new Ajv().validate(parameters, JSON.parse((call as { function: { arguments: string } }).function.arguments))).toBe(true);
    // and the conversation goes on with the result
    const next = await client.chat.completions.create({
      ...ask,
      messages: [...messages, choices[0]!.message, { role: "tool", tool_call_id: call!.id, content: "sunny" }],
    });
    expect(next.choices[0]!.message.content).not.toBe("");
  });
});

describe("completions", () => {
  test("continue each of several texts", async () => {
    const { choices, usage } = await client.completions.create({
      model: "tiny",
      prompt: ["ab", "cde"],
      temperature: 0,
      max_tokens: 5,
      logprobs: 1,
    });
    expect(choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(choices[0]!.logprobs!.tokens).toHaveLength(5);
    expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 10 });
    const [one] = (await client.completions.create({ model: "tiny", prompt: "cde", temperature: 0, max_tokens: 5 })).choices;
    expect(choices[1]!.text).toBe(one!.text);
  });

  test("continue ids", async () => {
    const { choices } = await client.completions.create({ model: "tiny", prompt: [[1, 2, 3]], temperature: 0, max_tokens: 3 });
    expect(choices).toHaveLength(1);
  });
});

test("responses come whole and as events", async () => {
  const request = { model: "tiny", input: "Hello", temperature: 0, max_output_tokens: 20 };
  const whole = await client.responses.create(request);
  expect(whole.output_text).toBe(await textAlone({}));
  expect(whole).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
  const streamed = await client.responses.stream(request).finalResponse();
  expect(streamed.output_text).toBe(whole.output_text);
  expect(streamed.usage).toMatchObject({ output_tokens: 20 });
});

test("embeddings come in both formats", async () => {
  const request = { model: "encoder", input: ["a a", "a"] };
  const numbers = await client.embeddings.create({ ...request, encoding_format: "float" });
  const packed = await client.embeddings.create(request); // the client asks for base64
  expect(packed.data.map(({ embedding }) => embedding)).toEqual(numbers.data.map(({ embedding }) => embedding));
  expect(Math.hypot(...numbers.data[0]!.embedding)).toBeCloseTo(1, 4);
  expect(packed.usage.prompt_tokens).toBeGreaterThan(0);
});

test("models are listed", async () => {
  const ids = [];
  for await (const { id } of client.models.list()) ids.push(id);
  expect(ids).toEqual(["tiny", "encoder"]);
  expect(await client.models.retrieve("tiny")).toMatchObject({ id: "tiny", object: "model" });
});

describe("errors are those of OpenAI's API", () => {
  test.each<[string, object, string]>([
    ["no such model", { ...ask, model: "gpt-4" }, "The model `gpt-4` does not exist. Models that do: tiny."],
    ["a model that does something else", { ...ask, model: "encoder" }, "The model `encoder` does not write text"],
  ])("%s", async (_, request, message) => {
    const asked = client.chat.completions.create(request as typeof ask);
    await expect(asked).rejects.toThrow(NotFoundError);
    await expect(asked).rejects.toThrow(message);
  });

  test.each<[string, object, string | null, string]>([
    ["a number out of range", { temperature: 3 }, "temperature", "temperature must be <= 2"],
    ["an argument that is not known", { tempreature: 1 }, "tempreature", "Unrecognized request argument: tempreature"],
    ["a penalty that is not computed", { presence_penalty: 1 }, "presence_penalty", "presence_penalty"],
    ["no messages", { messages: [] }, "messages", "must NOT have fewer than 1 items"],
    ["a prompt that is too long", { messages: [{ role: "user", content: "x".repeat(600) }] }, "messages", "shorter than 512 tokens"],
    [
      "a schema that cannot be kept to",
      { response_format: { type: "json_schema", json_schema: { name: "x", schema: { type: "object", minProperties: 2 } } } },
      null,
      "minProperties",
    ],
    [
      "a tool that is not there",
      { tools: [{ type: "function", function: { name: "a" } }], tool_choice: { type: "function", function: { name: "b" } } },
      "tool_choice",
      "There is no tool `b`",
    ],
  ])("%s", async (_, change, param, message) => {
    const error = await client.chat.completions.create({ ...ask, ...change }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ type: "invalid_request_error", ...(param !== null && { param }) });
    expect((error as Error).message).toContain(message);
  });
});
