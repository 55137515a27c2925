/** A run as spans of OpenTelemetry's own SDK, and as a figure. */
import { trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { context } from "@opentelemetry/api";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createAgent, defineTool, traceFigure } from "../../kernel-helpers/agents/index.ts";
import { call, scripted } from "./scripted.ts";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
beforeEach(() => exporter.reset());
afterAll(() => provider.shutdown());

const look = defineTool({
  name: "look",
  description: "Looks",
  parameters: z.object({ at: z.string() }),
  run: ({ at }) => {
    trace.getTracer("the tool's own").startSpan("query").end();
    if (at === "sun") throw new TypeError("too bright");
    return `a secret ${at}`;
  },
});
const model = () => scripted([{ calls: [call("look", { at: "moon" }), call("look", { at: "sun" })] }, { text: "Seen." }]);

describe("spans", () => {
  test("have names, kinds, attributes and parents by the conventions for generative AI", async () => {
    await createAgent({ model: model(), tools: [look], name: "watcher", sampling: { temperature: 0.5, seed: 3 } }).run("Look");
    const spans = exporter.getFinishedSpans();
    const byName = (name: string) => spans.filter((span) => span.name === name);
    const [root] = byName("invoke_agent watcher");
    expect(root!.attributes).toEqual({
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.provider.name": "cairn",
      "gen_ai.agent.name": "watcher",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 20,
      "gen_ai.usage.output_tokens": 10,
    });
    expect(byName("chat scripted").map(({ kind, attributes }) => [kind, attributes])).toEqual(
      [["tool_calls"], ["stop"]].map((reasons) => [
        2, // CLIENT
        {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "cairn",
          "gen_ai.request.model": "scripted",
          "gen_ai.request.temperature": 0.5,
          "gen_ai.request.seed": 3,
          "gen_ai.request.max_tokens": 512,
          "gen_ai.response.finish_reasons": reasons,
          "gen_ai.usage.input_tokens": 10,
          "gen_ai.usage.cache_read.input_tokens": 0,
          "gen_ai.usage.output_tokens": 5,
        },
      ]),
    );
    const tools = byName("execute_tool look");
    expect(tools.map(({ status, attributes }) => [status.code, attributes["error.type"]])).toEqual([[0, undefined], [2, "failed"]]); // prettier-ignore
    const idOf = (span: (typeof spans)[number]): string => span.spanContext().spanId;
    expect([...byName("chat scripted"), ...tools].map(({ parentSpanContext }) => parentSpanContext!.spanId)).toEqual(
      Array(4).fill(idOf(root!)),
    );
    expect(byName("query").map(({ parentSpanContext }) => parentSpanContext!.spanId).sort()).toEqual(tools.map(idOf).sort()); // prettier-ignore
  });

  test("hold what was said only where that is asked for", async () => {
    await createAgent({ model: model(), tools: [look] }).run("my password");
    expect(JSON.stringify(exporter.getFinishedSpans().map(({ attributes }) => attributes))).not.toMatch(/password|secret|moon/);
    exporter.reset();
    await createAgent({ model: model(), tools: [look], recordContent: true, defence: "none" }).run("my password");
    const second = exporter.getFinishedSpans().filter(({ name }) => name === "chat scripted")[1]!.attributes;
    expect(JSON.parse(second["gen_ai.input.messages"] as string)).toEqual([
      { role: "user", parts: [{ type: "text", content: "my password" }] },
      { role: "assistant", parts: ["moon", "sun"].map((at) => ({ type: "tool_call", name: "look", arguments: { at } })) },
      { role: "tool", parts: [{ type: "tool_call_response", response: "a secret moon" }] },
      { role: "tool", parts: [{ type: "tool_call_response", response: "error: too bright" }] },
    ]);
    expect(JSON.parse(second["gen_ai.output.messages"] as string)).toEqual([
      { role: "assistant", parts: [{ type: "text", content: "Seen." }] },
    ]);
  });

  test("end also where a run is left before its end", async () => {
    for await (const _ of createAgent({ model: model(), tools: [look] }).stream("Look")) break;
    expect(exporter.getFinishedSpans().at(-1)).toMatchObject({
      name: "invoke_agent agent",
      attributes: { "gen_ai.response.finish_reasons": ["aborted"] },
    });
  });

  test("of a model that fails say so", async () => {
    const broken = scripted(() => {
      throw new RangeError("no");
    });
    await createAgent({ model: broken }).run("Look");
    expect(exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes["error.type"]])).toEqual([["chat scripted", "RangeError"], ["invoke_agent agent", "RangeError"]]); // prettier-ignore
  });
});

test("the figure has the request, each step below what led to it, and why it ended", async () => {
  const figure = traceFigure(await createAgent({ model: model(), tools: [look] }).run("Look"));
  const labels = (figure.layout["annotations"] as { text: string; y: number }[]).map(({ text, y }) => [text.replace(/ · .*/, ""), y]);
  const named = labels.map(([text, y]) => [(text as string).split("\n")[0], y]);
  expect(named).toEqual([["request", 0], ["scripted", 1], ["look", 2], ["look", 2], ["scripted", 3], ["stop", 4]]); // prettier-ignore
});
