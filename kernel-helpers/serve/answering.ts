/** A request on its way: whether it may ask, its turn, its model, its parts, and what is measured of it. */
import { context, SpanKind, SpanStatusCode, trace, type Span, type Tracer } from "@opentelemetry/api";
import type { FastifyRequest } from "fastify";
import type { LanguageModel, Part } from "../llm/index.ts";
import type { Client } from "./admission/api-keys.ts";
import { ApiError, toApiError } from "./api-error.ts";
import type { Place } from "./admission/fair-queue.ts";
import type { Lease, ModelPool } from "./models/pool.ts";
import type { Opened } from "./models/served-model.ts";
import { Choice } from "./openai/choice.ts";
import { merge } from "./openai/merge.ts";
import type { LiveRequests } from "./operations/live.ts";
import type { Metrics } from "./operations/metrics.ts";

/** Texts that are asked for. */
export interface Task {
  /** As OpenTelemetry's conventions call it. */
  operation: "chat" | "text_completion";
  modelId: string;
  /** How many texts. */
  count: number;
  /** For logs that may hold it. */
  prompt: unknown;
  start: (model: LanguageModel, index: number, signal: AbortSignal) => AsyncIterable<Part>;
}

export interface IndexedPart {
  index: number;
  part: Part;
  bytesOf: (id: number) => number[] | null;
}

export interface AnsweringOptions {
  pool: ModelPool;
  metrics: Metrics;
  live: LiveRequests;
  clientOf: (request: FastifyRequest) => Client;
  /** Seconds that a request may take. */
  timeout: number;
  /** Tokens that a text may have. */
  mostTokens: number;
  logPrompts: boolean;
}

const tracer = (): Tracer => trace.getTracer("cairn.serve");

export class Answering {
  readonly #options: AnsweringOptions;

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  get mostTokens(): number {
    return this.#options.mostTokens;
  }

  /** Whole texts. */
  async collect(request: FastifyRequest, task: Task): Promise<{ choices: Choice[]; bytesOf: IndexedPart["bytesOf"] }> {
    const choices = Array.from({ length: task.count }, () => new Choice());
    let bytesOf: IndexedPart["bytesOf"] = () => null;
    for await (const one of this.stream(request, task)) {
      choices[one.index]!.add(one.part);
      bytesOf = one.bytesOf;
    }
    return { choices, bytesOf };
  }

  /** Parts of all texts as they come. It ends when the client goes, and when the time is up. */
  async *stream(request: FastifyRequest, task: Task): AsyncGenerator<IndexedPart, void> {
    this.#options.pool.find(task.modelId, "chat");
    const client = this.#options.clientOf(request);
    const over = client.begin();
    const stop = new AbortController();
    const signal = this.#signalOf(request, stop);
    if (this.#options.logPrompts) request.log.info({ prompt: task.prompt }, "prompt");
    try {
      const texts = Array.from({ length: task.count }, (_, index) => this.#text(request, task, index, client, signal));
      for await (const [index, { part, bytesOf }] of merge(texts, () => stop.abort())) yield { index, part, bytesOf };
    } finally {
      stop.abort();
      over();
    }
  }

  /** Work of another kind, in its turn. */
  async run<T>(
    request: FastifyRequest,
    modelId: string,
    kind: "embeddings" | "rerank",
    work: (opened: Opened, signal: AbortSignal) => Promise<{ result: T; tokens: number }>,
  ): Promise<T> {
    const { pool, clientOf, metrics } = this.#options;
    const { queue } = pool.find(modelId, kind);
    const client = clientOf(request);
    const over = client.begin();
    const stop = new AbortController();
    const signal = this.#signalOf(request, stop);
    try {
      const place = await queue.enter(client.name, signal);
      try {
        const lease = await pool.lease(modelId, kind);
        return await tracer().startActiveSpan(`${kind} ${modelId}`, { kind: SpanKind.SERVER }, async (span) => {
          try {
            const { result, tokens } = await work(lease.opened, signal);
            client.spend(tokens);
            metrics.tokens.inc({ model: modelId, kind: "prompt" }, tokens);
            span.setAttributes({ "gen_ai.operation.name": kind, "gen_ai.request.model": modelId, "gen_ai.usage.input_tokens": tokens });
            return result;
          } catch (error) {
            noteFailure(span, error);
            throw error;
          } finally {
            span.end();
            lease.leave();
          }
        });
      } finally {
        place.leave();
      }
    } catch (error) {
      throw reasonOf(error, signal);
    } finally {
      over();
    }
  }

  async *#text(
    request: FastifyRequest,
    { modelId, operation, start }: Task,
    index: number,
    client: Client,
    signal: AbortSignal,
  ): AsyncGenerator<Omit<IndexedPart, "index">, void> {
    const { pool, metrics, live } = this.#options;
    const asked = performance.now();
    const seconds = (): number => (performance.now() - asked) / 1000;
    const span = tracer().startSpan(`${operation} ${modelId}`, { kind: SpanKind.SERVER }, context.active());
    span.setAttributes({ "gen_ai.operation.name": operation, "gen_ai.request.model": modelId });
    const seen = live.add(modelId);
    let first: number | undefined;
    let isFailed = false;
    let text = "";
    let isWhole = false;
    let place: Place | undefined;
    let lease: Lease | undefined;
    try {
      place = await pool.find(modelId, "chat").queue.enter(client.name, signal);
      metrics.queueSeconds.observe({ model: modelId }, place.waited);
      lease = await pool.lease(modelId, "chat");
      const model = lease.opened.model as LanguageModel;
      const { tokenizer } = model;
      const bytesOf = (id: number): number[] | null => (tokenizer.has(id) ? [...tokenizer.bytesOf(id)] : null);
      seen.phase = "reading";
      for await (const part of start(model, index, signal)) {
        if (first === undefined) {
          first = seconds();
          seen.phase = "writing";
          metrics.firstTokenSeconds.observe({ model: modelId }, first);
        }
        if (part.type === "text") {
          seen.pieces++;
          text += part.text;
        }
        if (part.type === "finish") {
          isWhole = true;
          const { promptTokens, cachedTokens, newTokens } = part.usage;
          client.spend(promptTokens + newTokens);
          metrics.tokens.inc({ model: modelId, kind: "prompt" }, promptTokens);
          metrics.tokens.inc({ model: modelId, kind: "cached" }, cachedTokens);
          metrics.tokens.inc({ model: modelId, kind: "new" }, newTokens);
          if (newTokens > 1) metrics.perTokenSeconds.observe({ model: modelId }, (seconds() - first) / (newTokens - 1));
          span.setAttributes({
            "gen_ai.usage.input_tokens": promptTokens,
            "gen_ai.usage.output_tokens": newTokens,
            "gen_ai.response.finish_reasons": [part.reason],
          });
          request.log.info(
            { model: modelId, client: client.name, promptTokens, cachedTokens, newTokens, first, seconds: seconds() },
            "answered",
          );
        }
        yield { part, bytesOf };
      }
    } catch (error) {
      const reason = reasonOf(error, signal);
      isFailed = !signal.aborted && toApiError(reason).status >= 500;
      noteFailure(span, reason);
      throw reason;
    } finally {
      span.end();
      live.remove(seen);
      lease?.leave(isFailed, isWhole ? text : undefined);
      place?.leave();
    }
  }

  /** Aborted when the client goes, when the time is up, or when the answer is not wanted any more. */
  #signalOf(request: FastifyRequest, stop: AbortController): AbortSignal {
    const { socket } = request.raw;
    const gone = (): void => stop.abort(new ApiError(499, "invalid_request_error", "The client has gone."));
    socket.once("close", gone);
    stop.signal.addEventListener("abort", () => socket.off("close", gone), { once: true });
    return AbortSignal.any([stop.signal, AbortSignal.timeout(this.#options.timeout * 1000)]);
  }
}

/** What ended a request: that its time was up rather than that something was aborted. */
function reasonOf(error: unknown, signal: AbortSignal): unknown {
  const reason: unknown = signal.aborted ? signal.reason : error;
  if (!(reason instanceof Error && reason.name === "TimeoutError")) return signal.aborted && reason instanceof ApiError ? reason : error;
  return new ApiError(504, "timeout_error", "The request took too long.", { code: "timeout", cause: error });
}

function noteFailure(span: Span, error: unknown): void {
  const { status, type } = toApiError(error);
  span.setAttributes({ "error.type": type, "http.response.status_code": status });
  span.setStatus({ code: SpanStatusCode.ERROR });
}
