/** Requests under way, as the dashboard shows them: nothing of what they say. */
import type { ModelPool } from "../models/pool.ts";

export interface LiveRequest {
  number: number;
  model: string;
  phase: "waiting" | "reading" | "writing";
  /** Pieces of text that have come, about one a token. */
  pieces: number;
  since: number;
}

export interface LiveState {
  isDraining: boolean;
  requests: { number: number; model: string; phase: LiveRequest["phase"]; pieces: number; seconds: number }[];
  models: {
    id: string;
    kind: string;
    isOpen: boolean;
    megabytes: number;
    answering: number;
    waiting: number;
    slots: number;
    cacheTokens: number;
    cacheCapacity: number;
    prefixTokens: number;
    promptTokens: number;
    cachedTokens: number;
    newTokens: number;
  }[];
}

export class LiveRequests {
  readonly #requests = new Set<LiveRequest>();
  #count = 0;

  add(model: string): LiveRequest {
    const request: LiveRequest = { number: ++this.#count, model, phase: "waiting", pieces: 0, since: performance.now() };
    this.#requests.add(request);
    return request;
  }

  remove(request: LiveRequest): void {
    this.#requests.delete(request);
  }

  get size(): number {
    return this.#requests.size;
  }

  state(pool: ModelPool, isDraining: boolean): LiveState {
    const now = performance.now();
    return {
      isDraining,
      requests: [...this.#requests].slice(0, 100).map(({ number, model, phase, pieces, since }) => {
        return { number, model, phase, pieces, seconds: (now - since) / 1000 };
      }),
      models: pool.list.map(({ id, kind, queue, opened, bytes }) => {
        const activity = opened?.kind === "chat" ? opened.model.activity : undefined;
        return {
          id,
          kind,
          isOpen: opened !== undefined,
          megabytes: Math.round(bytes / 1e6),
          answering: queue.taken,
          waiting: queue.waiting,
          slots: activity?.slots ?? 1,
          cacheTokens: activity?.cacheTokens ?? 0,
          cacheCapacity: activity?.cacheCapacity ?? 0,
          prefixTokens: activity?.prefixTokens ?? 0,
          promptTokens: activity?.promptTokens ?? 0,
          cachedTokens: activity?.cachedTokens ?? 0,
          newTokens: activity?.newTokens ?? 0,
        };
      }),
    };
  }
}
