/** A model behind OpenAI's protocol, against a small server of our own: no real endpoint is asked. */
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { openAiCompatible, type ChatModel, type ChatOptions, type Message, type Part } from "../../../kernel-helpers/llm/index.ts";
import { delta, eventsOf, refusing, sending, startChatServer, usage } from "./chat-server.ts";

const server = await startChatServer();
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.asked.length = 0;
  server.answers.length = 0;
});

const question: Message[] = [{ role: "user", content: "你好?" }];
const model = openAiCompatible({ baseUrl: `${server.baseUrl}/`, model: "m", apiKey: "key", retries: 0 });

async function collect(
  from: ChatModel,
  messages: readonly Message[] = question,
  options?: ChatOptions,
): Promise<{ text: string; parts: Part[] }> {
  const parts: Part[] = [];
  for await (const part of from.chat(messages, options)) parts.push(part);
  return { text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""), parts };
}

describe("an answer", () => {
  const stream = eventsOf([
    delta({ role: "assistant", content: "" }),
    delta({ content: "你" }),
    delta({ content: "好 👋" }),
    delta({}, "stop"),
    usage,
  ]);

  test("streams, and ends with the reason and what it used", async () => {
    server.answers.push(sending(stream));
    const { text, parts } = await collect(model);
    expect(text).toBe("你好 👋");
    expect(parts.filter(({ type }) => type === "text")).toHaveLength(2);
    expect(parts.at(-1)).toEqual({ type: "finish", reason: "stop", usage: { promptTokens: 12, cachedTokens: 0, newTokens: 3 } });
  });

  test.each([1, 2, 3, 7])("is the same when it comes %i bytes at a time, with comments and Windows' line ends", async (size) => {
    server.answers.push(sending(`: ping\r\n\r\n${stream.replaceAll("\n", "\r\n")}`, { size }));
    expect((await collect(model)).text).toBe("你好 👋");
  });

  test("that was cut off by maxNewTokens says so", async () => {
    server.answers.push(sending(eventsOf([delta({ content: "a" }), delta({}, "length")])));
    expect((await collect(model)).parts.at(-1)).toMatchObject({ reason: "length" });
  });

  test("brings calls of tools, put together from their pieces", async () => {
    const piece = (index: number, called: object): object => delta({ tool_calls: [{ index, function: called }] });
    server.answers.push(
      sending(
        eventsOf([
          piece(0, { name: "weather", arguments: "" }),
          piece(1, { name: "now" }),
          piece(0, { arguments: '{"city":"杭' }),
          piece(0, { arguments: '州"}' }),
          delta({}, "tool_calls"),
        ]),
      ),
    );
    const { parts } = await collect(model);
    expect(parts.slice(0, 2)).toEqual([
      { type: "tool-call", name: "weather", arguments: { city: "杭州" } },
      { type: "tool-call", name: "now", arguments: {} },
    ]);
    expect(parts.at(-1)).toMatchObject({ type: "finish", reason: "stop" });
  });
});

describe("a request", () => {
  test("is what the protocol asks for: model, messages with ids for their calls, options by its names", async () => {
    server.answers.push(sending(eventsOf([delta({}, "stop")])));
    const tool = { name: "weather", description: "of a city", parameters: { type: "object" as const } };
    const messages: Message[] = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Weather?" },
      { role: "assistant", content: "", toolCalls: [{ name: "weather", arguments: { city: "Wuhan" } }] },
      { role: "tool", content: "rain" },
    ];
    await collect(model, messages, {
      tools: [tool],
      toolChoice: "required",
      temperature: 0,
      topP: 0.5,
      seed: 3,
      stop: ["\n"],
      maxNewTokens: 9,
    });
    const [{ path, headers, body }] = server.asked as [(typeof server.asked)[0]];
    expect(path).toBe("/v1/chat/completions");
    expect(headers.authorization).toBe("Bearer key");
    expect(body).toEqual({
      model: "m",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Weather?" },
        {
          role: "assistant",
          content: "",
          tool_calls: [{ id: "call_0", type: "function", function: { name: "weather", arguments: '{"city":"Wuhan"}' } }],
        },
        { role: "tool", content: "rain", tool_call_id: "call_0" },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
      temperature: 0,
      top_p: 0.5,
      seed: 3,
      stop: ["\n"],
      tools: [{ type: "function", function: tool }],
      tool_choice: "required",
    });
  });

  test("shows images as the protocol has them, and refuses what is neither text nor image", async () => {
    server.answers.push(sending(eventsOf([delta({}, "stop")])));
    const image = { type: "image_url", image_url: { url: "https://example.org/cat.png", detail: "low" } } as const;
    const content = [{ type: "text", text: "What is this?" } as const, image];
    for await (const _ of openAiCompatible({ baseUrl: server.baseUrl, model: "m" }).chat([{ role: "user", content }]));
    expect(server.asked[0]!.body["messages"]).toEqual([{ role: "user", content }]);
    const chat = (role: "user" | "system", part: object) => () => openAiCompatible({ baseUrl: server.baseUrl, model: "m" }).chat([{ role, content: [part as typeof image] }]); // prettier-ignore
    expect(chat("user", { type: "input_audio" })).toThrow('messages[0].content[0].type must be "text" or "image_url", got "input_audio"');
    expect(chat("user", { type: "image_url", image_url: "x" })).toThrow("messages[0].content[0].image_url must be");
    expect(chat("system", image)).toThrow('messages[0].role must be "user" where an image is shown, got "system"');
  });

  test("with a schema asks for an answer that fits it, and without a key has no authorization", async () => {
    server.answers.push(sending(eventsOf([delta({}, "stop")])));
    await collect(openAiCompatible({ baseUrl: server.baseUrl, model: "m" }), question, { schema: { type: "object" } });
    expect(server.asked[0]!.headers.authorization).toBeUndefined();
    expect(server.asked[0]!.body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "answer", schema: { type: "object" }, strict: true },
    });
  });
});

describe("what goes wrong", () => {
  test.each([
    [401, { error: { message: "no such key" } }, "ERR_ACCESS", "no such key"],
    [404, { error: { message: "no such model" } }, "ERR_UNAVAILABLE", "no such model"],
    [400, { error: { message: "too long" } }, "ERR_FORMAT", "too long"],
    [503, "<html>busy</html>", "ERR_UNAVAILABLE", "<html>busy</html>"],
  ])("a refusal with %i says what the server says", async (status, body, code, message) => {
    server.answers.push(refusing(status, body));
    await expect(collect(model)).rejects.toMatchObject({ code, facts: { status, message } });
    expect(server.asked).toHaveLength(1);
  });

  test("a request that is refused for now is made again, one that is wrong is not", async () => {
    const patient = openAiCompatible({ baseUrl: server.baseUrl, model: "m", retries: 1 });
    server.answers.push(
      refusing(429, { error: { message: "slow down" } }),
      sending(eventsOf([delta({ content: "ok" }), delta({}, "stop")])),
    );
    expect((await collect(patient)).text).toBe("ok");
    expect(server.asked).toHaveLength(2);
    server.answers.splice(0, 9, refusing(400, {}));
    await expect(collect(patient)).rejects.toMatchObject({ facts: { status: 400 } });
    expect(server.asked).toHaveLength(3);
  });

  test("an answer that breaks off is no answer, whether the stream ends or the connection does", async () => {
    server.answers.push(sending(eventsOf([delta({ content: "half" })], { done: false })));
    await expect(collect(model)).rejects.toMatchObject({ code: "ERR_UNAVAILABLE", facts: { reason: "cut" } });
    server.answers.splice(0, 9, (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventsOf([delta({ content: "half" })], { done: false }), () => response.destroy());
    });
    await expect(collect(model)).rejects.toMatchObject({ code: "ERR_UNAVAILABLE" });
  });

  test("an error in the midst of the stream is one", async () => {
    server.answers.push(
      sending(`${eventsOf([delta({ content: "half" })], { done: false })}data: {"error":{"message":"out of memory"}}\n\n`),
    );
    await expect(collect(model)).rejects.toThrow(/out of memory/);
  });

  test("what is not the protocol is a format error with its place", async () => {
    server.answers.push(sending("data: {oops\n\n"));
    await expect(collect(model)).rejects.toMatchObject({ code: "ERR_FORMAT" });
    server.answers.splice(
      0,
      9,
      sending(eventsOf([delta({ tool_calls: [{ index: 0, function: { name: "f", arguments: "[1" } }] }), delta({}, "tool_calls")])),
    );
    await expect(collect(model)).rejects.toThrow(/arguments of f/);
  });

  test("a server that says nothing for too long is left, one that is not there is named", async () => {
    server.answers.push((response) => void response.writeHead(200, { "content-type": "text/event-stream" }).write(": wait\n\n"));
    const hasty = openAiCompatible({ baseUrl: server.baseUrl, model: "m", timeout: 1, retries: 0 });
    await expect(collect(hasty)).rejects.toMatchObject({ code: "ERR_UNAVAILABLE", facts: { reason: "timeout" } });
    const nobody = openAiCompatible({ baseUrl: "http://127.0.0.1:9", model: "m", retries: 0 });
    await expect(collect(nobody)).rejects.toMatchObject({ code: "ERR_UNAVAILABLE", facts: { url: "http://127.0.0.1:9/chat/completions" } });
  });

  test("a signal ends it while it waits, with the signal's reason, and closes the connection", async () => {
    const controller = new AbortController();
    let closed: Promise<void> | undefined;
    server.answers.push((response) => {
      closed = new Promise((done) => response.on("close", done));
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(eventsOf([delta({ content: "half" })], { done: false }));
    });
    const parts = model.chat(question, { signal: controller.signal })[Symbol.asyncIterator]();
    expect((await parts.next()).value).toEqual({ type: "text", text: "half" });
    controller.abort(new Error("enough"));
    await expect(parts.next()).rejects.toThrow("enough");
    await closed;
  });

  test("wrong options are refused before anything is sent", () => {
    expect(() => openAiCompatible({ baseUrl: "localhost:8080", model: "m" })).toThrow(
      'baseUrl must be an http or https address, got "localhost:8080"',
    );
    expect(() => openAiCompatible({ baseUrl: server.baseUrl, model: "" })).toThrow("model must be text that is not empty");
    expect(() => model.chat([])).toThrow("messages must be an array that is not empty");
    expect(() => model.chat(question, { maxTokens: 3 } as never)).toThrow('options has no option "maxTokens"');
    expect(server.asked).toEqual([]);
  });
});
