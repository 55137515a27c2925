/**
 * How calls reach a store's engine, in one place for all: in which order, how often they are tried again, how long they may take, and when they
 * are given up.
 */
import { setTimeout } from "node:timers/promises";
import { UnavailableError } from "../errors.ts";

/** Attempts at a request that fails for the moment: another writer was faster, the server is busy or away. They take about seven seconds in all. */
const attempts = 20;

/** Longest pause between two attempts, in milliseconds; the first is a hundredth of it, and each about twice the one before. */
const longestPause = 500;

/** One request to the engine; it ends soon after the signal says so, where the engine can be told. */
export type Request<T> = (signal: AbortSignal | undefined) => Promise<T>;

/** Carries out a request, again where that helps; one that builds an index or deletes by a filter takes as long as it takes. */
export type Attempt = <T>(request: Request<T>, length?: "timed" | "long") => Promise<T>;

/** Calls to one place, from all handles of this process: a read begins when the writes called before it have ended, a write when everything has. */
export class Turns {
  static readonly #places = new Map<string, Turns>();
  #writes: Promise<unknown> = Promise.resolve();
  #reads: Promise<unknown>[] = [];

  static of(place: string): Turns {
    const turns = Turns.#places.get(place) ?? new Turns();
    Turns.#places.set(place, turns);
    return turns;
  }

  read<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#writes.then(call);
    const ended = turn.then(
      () => void (this.#reads = this.#reads.filter((other) => other !== ended)),
      () => void (this.#reads = this.#reads.filter((other) => other !== ended)),
    );
    this.#reads.push(ended);
    return turn;
  }

  write<T>(call: () => Promise<T>): Promise<T> {
    const turn = Promise.all([this.#writes, ...this.#reads]).then(call);
    this.#reads = [];
    this.#writes = turn.catch(() => undefined);
    return turn;
  }
}

export interface CallsOptions {
  /** What keeps the calls of several handles in order; a store whose calls take effect as they are made needs none. */
  turns: Turns | undefined;
  /** Milliseconds that a request may take; undefined for no limit. */
  timeout: number | undefined;
  /** Whether the same request may succeed a little later. */
  isTransient: (error: unknown) => boolean;
  /** Whom the requests go to, for messages: "the milvus store". */
  store: string;
}

export class Calls {
  readonly #options: CallsOptions;
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  read<T>(work: (attempt: Attempt) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const call = (): Promise<T> => this.#work(work, signal);
    return this.#untilAborted(this.#options.turns?.read(call) ?? call(), signal);
  }

  write<T>(work: (attempt: Attempt) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const call = (): Promise<T> => this.#work(work, signal);
    return this.#untilAborted(this.#options.turns?.write(call) ?? call(), signal);
  }

  /** Resolves when everything called so far has ended, also what the caller has given up. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #work<T>(work: (attempt: Attempt) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    return work((request, length = "timed") => this.#attempt(request, length === "timed" ? this.#options.timeout : undefined, signal));
  }

  async #attempt<T>(request: Request<T>, timeout: number | undefined, signal: AbortSignal | undefined): Promise<T> {
    const { isTransient, store } = this.#options;
    for (let pause = longestPause / 100, left = attempts - 1; ; pause = Math.min(2 * pause, longestPause), left--) {
      try {
        return await this.#inTime(request, timeout, signal);
      } catch (error) {
        if (!isTransient(error)) throw error;
        if (left === 0) {
          throw new UnavailableError(`${store} could not be reached in ${attempts} attempts: ${(error as Error).message}`, {
            hint: "see that it runs and has room for more requests, then try again",
            cause: error,
          });
        }
        await setTimeout(pause * (0.5 + Math.random()), undefined, signal && { signal }).catch(() => undefined);
        signal?.throwIfAborted();
      }
    }
  }

  async #inTime<T>(request: Request<T>, timeout: number | undefined, signal: AbortSignal | undefined): Promise<T> {
    if (timeout === undefined) return request(signal);
    const late = new UnavailableError(`${this.#options.store} has not answered within ${timeout} ms`, {
      hint: "see that it runs; a larger timeout in openStore() waits longer",
      facts: { timeout },
    });
    const clock = new AbortController();
    const timer = globalThis.setTimeout(() => clock.abort(late), timeout);
    try {
      const answer = request(signal ? AbortSignal.any([signal, clock.signal]) : clock.signal);
      return await unlessAborted(answer, clock.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The caller need not wait for what it has aborted; the turn does, so that nothing overtakes it. */
  #untilAborted<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#running.add(call);
    const forget = (): void => void this.#running.delete(call);
    call.then(forget, forget);
    return signal ? unlessAborted(call, signal) : call;
  }
}

/** As the promise, or rejects with the signal's reason where that comes first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
