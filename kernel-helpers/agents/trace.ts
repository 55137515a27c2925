/**
 * What a run did and how long each step took: as OpenTelemetry spans, which any exporter takes, and as a list that the result carries. Names and attributes are
 * those of OpenTelemetry's semantic conventions for generative AI (opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans, in development in 2026).
 */
import { context, SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Span, type Tracer } from "@opentelemetry/api";
import type { ChatModel, ChatOptions, Message, Part, ToolCall } from "../llm/index.ts";
import type { ToolResult } from "./tool.ts";

/** One step of a run. */
export interface TraceSpan {
  kind: "model" | "tool";
  /** The model's or the tool's name. */
  name: string;
  /** From 1. */
  step: number;
  /** Since the run began. */
  start: number;
  seconds: number;
  /** Of a model: how it ended, and its tokens. Of a tool: what it was called with, and what came of it. */
  detail: string;
  error: string | undefined;
}

export interface TraceOptions {
  agent: string;
  tracer: Tracer;
  /** gen_ai.provider.name */
  provider: string;
  /** Messages, arguments and results are data of users: they are in spans only where this is asked for. */
  recordContent: boolean;
}

export class RunTrace {
  readonly spans: TraceSpan[] = [];
  readonly #options: TraceOptions;
  readonly #root: Span;
  readonly #context: Context;
  readonly #begun: number = performance.now();

  constructor(options: TraceOptions) {
    this.#options = options;
    const { agent, tracer, provider } = options;
    this.#root = tracer.startSpan(`invoke_agent ${agent}`, {
      kind: SpanKind.INTERNAL,
      attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": provider, "gen_ai.agent.name": agent },
    });
    this.#context = trace.setSpan(context.active(), this.#root);
  }

  get seconds(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  /** Asks the model within a span of its own. */
  async *chat(model: ChatModel, messages: readonly Message[], options: ChatOptions, step: number): AsyncGenerator<Part, void> {
    const { temperature, topP, seed, maxNewTokens } = options;
    const span = this.#start(`chat ${model.name}`, SpanKind.CLIENT, {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": this.#options.provider,
      "gen_ai.request.model": model.name,
      ...(temperature !== undefined && { "gen_ai.request.temperature": temperature }),
      ...(topP !== undefined && { "gen_ai.request.top_p": topP }),
      ...(seed !== undefined && { "gen_ai.request.seed": seed }),
      ...(maxNewTokens !== undefined && { "gen_ai.request.max_tokens": maxNewTokens }),
      ...(this.#options.recordContent && { "gen_ai.input.messages": JSON.stringify(messages.map(toSemantic)) }),
    });
    const start = this.seconds;
    const record = (detail: string, error?: string): void => {
      this.spans.push({ kind: "model", name: model.name, step, start, seconds: this.seconds - start, detail, error });
    };
    const said: { text: string; calls: ToolCall[] } = { text: "", calls: [] };
    let isOver = false;
    try {
      for await (const part of model.chat(messages, options)) {
        if (part.type === "text") said.text += part.text;
        else if (part.type === "tool-call") said.calls.push({ name: part.name, arguments: part.arguments });
        else if (part.type === "finish") {
          const { promptTokens, cachedTokens, newTokens } = part.usage;
          const reason = said.calls.length > 0 ? "tool_calls" : part.reason;
          span.setAttributes({
            "gen_ai.response.finish_reasons": [reason],
            "gen_ai.usage.input_tokens": promptTokens,
            "gen_ai.usage.cache_read.input_tokens": cachedTokens,
            "gen_ai.usage.output_tokens": newTokens,
          });
          const calls = said.calls.length === 0 ? "" : `${said.calls.length} ${said.calls.length === 1 ? "call" : "calls"}, `;
          record(`${calls}${promptTokens} + ${newTokens} tokens`);
          isOver = true;
        }
        yield part;
      }
      if (!isOver) record("cut off", "aborted");
    } catch (error) {
      record("failed", nameOf(error));
      fail(span, nameOf(error), error);
      throw error;
    } finally {
      if (this.#options.recordContent) {
        const message: Message = { role: "assistant", content: said.text, toolCalls: said.calls };
        span.setAttribute("gen_ai.output.messages", JSON.stringify([toSemantic(message)]));
      }
      span.end();
    }
  }

  /** Runs a tool within a span of its own; spans that the tool starts are below it. */
  async tool(call: ToolCall, description: string | undefined, step: number, run: () => Promise<ToolResult>): Promise<ToolResult> {
    const { recordContent } = this.#options;
    const span = this.#start(`execute_tool ${call.name}`, SpanKind.INTERNAL, {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": call.name,
      "gen_ai.tool.type": "function",
      ...(description !== undefined && { "gen_ai.tool.description": description }),
      ...(recordContent && { "gen_ai.tool.call.arguments": JSON.stringify(call.arguments) }),
    });
    const start = this.seconds;
    try {
      const result = await context.with(trace.setSpan(this.#context, span), run);
      if (recordContent) span.setAttribute("gen_ai.tool.call.result", result.content);
      if (result.error !== undefined) fail(span, result.error, undefined);
      const detail = `${short(JSON.stringify(call.arguments))} → ${short(result.content)}`;
      this.spans.push({ kind: "tool", name: call.name, step, start, seconds: this.seconds - start, detail, error: result.error });
      return result;
    } finally {
      span.end();
    }
  }

  /** @param error Where one ended the run. */
  end(reason: string, usage: { inputTokens: number; outputTokens: number }, error?: unknown): void {
    this.#root.setAttributes({
      "gen_ai.response.finish_reasons": [reason],
      "gen_ai.usage.input_tokens": usage.inputTokens,
      "gen_ai.usage.output_tokens": usage.outputTokens,
    });
    if (error !== undefined) fail(this.#root, nameOf(error), error);
    this.#root.end();
  }

  #start(name: string, kind: SpanKind, attributes: Attributes): Span {
    return this.#options.tracer.startSpan(name, { kind, attributes }, this.#context);
  }
}

function fail(span: Span, type: string, error: unknown): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
  if (error instanceof Error) span.recordException(error);
}

const nameOf = (error: unknown): string => (error instanceof Error ? ((error as { code?: string }).code ?? error.name) : "unknown");

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

/** A message as the conventions' schema of gen_ai.input.messages has it. */
const toSemantic = ({ role, content, toolCalls = [] }: Message): object => ({
  role,
  parts: [
    ...(content === "" ? [] : [role === "tool" ? { type: "tool_call_response", response: content } : { type: "text", content }]),
    ...toolCalls.map(({ name, arguments: given }) => ({ type: "tool_call", name, arguments: given })),
  ],
});
