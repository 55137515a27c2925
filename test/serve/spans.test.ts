/** A request as OpenTelemetry's own SDK records it, by the conventions for generative AI (opentelemetry.io/docs/specs/semconv/gen-ai). */
import { rmSync } from "node:fs";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { serve, type ModelServer, type ServedModel } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, post, writeTinyChat, writeTinyEncoder } from "./tiny-chat.ts";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
trace.setGlobalTracerProvider(provider);

const folder = makeFolder();
let chat: ServedModel;
let server: ModelServer;
beforeAll(async () => {
  chat = { id: "tiny", model: await writeTinyChat(folder), slots: 2, slotTokens: 1000, threads: 1 };
  server = await serve({ models: [chat, { id: "encoder", model: writeTinyEncoder(folder), kind: "embeddings" }], port: 0 });
});
beforeEach(() => exporter.reset());
afterAll(async () => {
  await server.close();
  await provider.shutdown();
  rmSync(folder, { recursive: true });
});

const ask = (more: object, { url }: ModelServer = server): ReturnType<typeof post> =>
  post(`${url}/v1/chat/completions`, {
    model: "tiny",
    messages: [{ role: "user", content: "a secret" }],
    temperature: 0,
    max_tokens: 5,
    ...more,
  });

test("each text is a span with its model, its tokens and why it ended, and nothing of what it says", async () => {
  const { json } = await ask({ n: 2, temperature: 1, seed: 3 });
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name, kind, status }) => [name, kind, status.code])).toEqual(
    Array.from({ length: 2 }, () => ["chat tiny", SpanKind.SERVER, SpanStatusCode.UNSET]),
  );
  for (const { attributes } of spans) {
    expect(attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "tiny",
      "gen_ai.usage.input_tokens": json.usage.prompt_tokens,
      "gen_ai.usage.output_tokens": 5,
      "gen_ai.response.finish_reasons": ["length"],
    });
  }
  expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toContain("secret");
});

test("a text that took too long is a span that failed", async () => {
  await using hasty = await serve({ models: [chat], port: 0, timeout: 0.05 });
  expect((await ask({ max_tokens: 980, temperature: 1 }, hasty)).status).toBe(504);
  const [span] = exporter.getFinishedSpans();
  expect(span!.status.code).toBe(SpanStatusCode.ERROR);
  expect(span!.attributes).toMatchObject({ "error.type": "timeout_error", "http.response.status_code": 504 });
});

test("embeddings are a span with the tokens that were read", async () => {
  const { json } = await post(`${server.url}/v1/embeddings`, { model: "encoder", input: ["a a", "a"] });
  expect(exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes])).toEqual([
    [
      "embeddings encoder",
      {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "encoder",
        "gen_ai.usage.input_tokens": json.usage.prompt_tokens,
      },
    ],
  ]);
});
