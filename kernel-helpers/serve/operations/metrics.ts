/** What Prometheus reads (prometheus.io/docs/practices/naming). A server has a registry of its own. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ModelPool } from "../models/pool.ts";

const latencies = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class Metrics {
  readonly registry: Registry = new Registry();
  readonly requests: Counter<"route" | "status">;
  readonly tokens: Counter<"model" | "kind">;
  readonly firstTokenSeconds: Histogram<"model">;
  readonly perTokenSeconds: Histogram<"model">;
  readonly queueSeconds: Histogram<"model">;

  constructor(pool: () => ModelPool) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Counter({ name: "cairn_requests_total", help: "Requests answered", labelNames: ["route", "status"], registers });
    this.tokens = new Counter({
      name: "cairn_tokens_total",
      help: "Tokens read, spared and written",
      labelNames: ["model", "kind"],
      registers,
    });
    const histogram = (name: string, help: string): Histogram<"model"> =>
      new Histogram({ name, help, labelNames: ["model"], buckets: latencies, registers });
    this.firstTokenSeconds = histogram("cairn_time_to_first_token_seconds", "From the request to its first token, waiting included");
    this.perTokenSeconds = histogram("cairn_time_per_output_token_seconds", "Mean time between the tokens of an answer");
    this.queueSeconds = histogram("cairn_queue_seconds", "Time that a request waited for its turn");
    const gauge = (
      name: string,
      help: string,
      valueOf: (model: ReturnType<() => ModelPool["list"]>[number]) => number | undefined,
    ): void => {
      const made: Gauge<"model"> = new Gauge({
        name,
        help,
        labelNames: ["model"],
        registers,
        collect: () => {
          made.reset();
          for (const model of pool().list) {
            const value = valueOf(model);
            if (value !== undefined) made.set({ model: model.id }, value);
          }
        },
      });
    };
    gauge("cairn_requests_active", "Requests that have a place in the model", ({ queue }) => queue.taken);
    gauge("cairn_requests_waiting", "Requests that wait for a place", ({ queue }) => queue.waiting);
    gauge("cairn_model_bytes", "Memory that the model takes, weights and full cache; 0 where it is not open", ({ bytes }) => bytes);
    const activity = (model: ModelPool["list"][number]) => (model.opened?.kind === "chat" ? model.opened.model.activity : undefined);
    gauge("cairn_cache_tokens", "Tokens in the slots of the key-value cache", (model) => activity(model)?.cacheTokens);
    gauge("cairn_cache_capacity_tokens", "Room for tokens in the slots", (model) => activity(model)?.cacheCapacity);
    gauge("cairn_prefix_tokens", "Tokens kept of prompts", (model) => activity(model)?.prefixTokens);
  }
}
