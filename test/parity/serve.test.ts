/** The server against others: OpenAI's client in Python, schemathesis, which fuzzes what the OpenAPI document says, and a real model alone and in company. */
import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LanguageModel, type Message } from "../../kernel-helpers/llm/index.ts";
import { serve, type ModelServer } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, writeTinyChat, writeTinyEncoder, type Json } from "../serve/tiny-chat.ts";

/** Without blocking: the server answers from this process. */
function python(args: readonly string[], input: string = ""): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(".venv/bin/python", args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: error ? stdout + stderr : stdout }),
    );
    child.stdin!.end(input);
  });
}

describe("a server of tiny models", () => {
  const folder = makeFolder();
  let server: ModelServer;
  beforeAll(async () => {
    server = await serve({
      models: [
        { id: "tiny", model: await writeTinyChat(folder), slots: 4, slotTokens: 512, threads: 1 },
        { id: "encoder", model: writeTinyEncoder(folder), kind: "embeddings", threads: 1 },
      ],
      port: 0,
      mostTokens: 120,
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  test("is OpenAI's to OpenAI's client in Python", async () => {
    const { code, output } = await python(["test/parity/serve.py"], JSON.stringify({ url: server.url, model: "tiny", encoder: "encoder" }));
    expect(code, output).toBe(0);
    const answer = JSON.parse(output) as Json;
    expect(answer.streamed).toBe(answer.text);
    expect(answer.response).toBe(answer.text);
    expect(answer).toMatchObject({
      tokens: 12,
      formatted: { city: expect.stringMatching(/^(Paris|Rome)$/) },
      call: ["tool_calls", { city: expect.stringMatching(/^(Paris|Rome)$/) }],
      events: ["response.created", "response.incomplete"],
      dimensions: 32,
      errors: { model: "model", temperature: "temperature" },
      models: ["tiny", "encoder"],
    });
  });

  test("answers what schemathesis makes up as its OpenAPI document says, and never with an error of its own", async () => {
    const checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Json;
    for (const [route, { post }] of Object.entries<Json>(document.paths)) {
      // made-up names of models would end at 404
      if (post)
        post.requestBody.content["application/json"].schema.properties.model = {
          enum: [route.endsWith("embeddings") ? "encoder" : "tiny"],
        };
    }
    const file = path.join(folder, "openapi.json");
    writeFileSync(file, JSON.stringify(document));
    const { code, output } = await python(
      `-m schemathesis.cli --no-color run ${file} --url ${server.url} --checks ${checks} --max-examples 12 --seed 1`
        .concat(" --phases fuzzing --suppress-health-check all --request-timeout 60")
        .split(" "),
    );
    expect(code, output).toBe(0);
  });
});

test("SmolLM2's answers in company are token for token those alone", async () => {
  const questions = [
    "What is the capital of France?",
    "Write the numbers from 1 to 5.",
    "Name a colour.",
    "What is a tokenizer?",
    "Say hello.",
  ];
  const system = { role: "system", content: "You are a helpful assistant that answers briefly and plainly. ".repeat(8) } as const;
  const conversations = questions.map((content): Message[] => [system, { role: "user", content }]);
  const options = { temperature: 0, maxNewTokens: 32 };
  const textOf = async (model: LanguageModel, messages: Message[]): Promise<string> => {
    let text = "";
    for await (const part of model.chat(messages, options)) if (part.type === "text") text += part.text;
    return text;
  };
  const alone: string[] = [];
  {
    await using model = await LanguageModel.load("SmolLM2-135M-Instruct", { threads: 2 });
    for (const messages of conversations) alone.push(await textOf(model, messages));
  }
  await using shared = await LanguageModel.load("SmolLM2-135M-Instruct", { threads: 2, slots: 4, slotTokens: 512 });
  expect(await Promise.all(conversations.map((messages) => textOf(shared, messages)))).toEqual(alone);
  const { newTokens, steps, cachedTokens } = shared.activity!;
  expect(newTokens / steps).toBeGreaterThan(1.5);
  expect(cachedTokens).toBeGreaterThanOrEqual(64);
});
