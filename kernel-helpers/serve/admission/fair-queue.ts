/** Requests that wait for a place in a model. Clients take turns, so one who sends many does not keep the others waiting; what is too many is refused. */
import { ApiError } from "../api-error.ts";

interface Waiting {
  start: () => void;
  fail: (error: unknown) => void;
}

export interface Place {
  /** Seconds that it was waited for. */
  waited: number;
  leave: () => void;
}

export class FairQueue {
  readonly #places: number;
  readonly #most: number;
  #taken = 0;
  /** By client, in the order of their turns. */
  readonly #lines = new Map<string, Waiting[]>();
  #waiting = 0;
  /** Seconds that a place is taken for, lately. */
  #meanSeconds = 1;

  /**
   * @param places Requests that are answered at once.
   * @param most Requests that may wait.
   */
  constructor(places: number, most: number) {
    this.#places = places;
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Waits for a place. @throws {ApiError} 429: too many wait already. */
  async enter(client: string, signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    const asked = performance.now();
    if (this.#taken >= this.#places) {
      if (this.#waiting >= this.#most) throw this.#overloaded();
      await this.#turn(client, signal);
    } else this.#taken++;
    const began = performance.now();
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      this.#meanSeconds += 0.1 * ((performance.now() - began) / 1000 - this.#meanSeconds);
      this.#next();
    };
    return { waited: (began - asked) / 1000, leave };
  }

  #turn(client: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const one: Waiting = {
        start: () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
        fail: reject,
      };
      const abort = (): void => {
        const line = this.#lines.get(client)!;
        line.splice(line.indexOf(one), 1);
        if (line.length === 0) this.#lines.delete(client);
        this.#waiting--;
        one.fail(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#lines.set(client, [...(this.#lines.get(client) ?? []), one]);
      this.#waiting++;
    });
  }

  /** The place goes to the client whose turn it is, who then stands last. */
  #next(): void {
    const [first] = this.#lines;
    if (!first) {
      this.#taken--;
      return;
    }
    const [client, line] = first;
    const one = line.shift()!;
    this.#lines.delete(client);
    if (line.length > 0) this.#lines.set(client, line);
    this.#waiting--;
    one.start();
  }

  #overloaded(): ApiError {
    const seconds = Math.min(60, Math.max(1, Math.ceil((this.#waiting / this.#places) * this.#meanSeconds)));
    return new ApiError(
      429,
      "rate_limit_error",
      `The server is overloaded: ${this.#waiting} requests wait already. Try again in ${seconds} s.`,
      {
        code: "server_overloaded",
        retryAfter: seconds,
      },
    );
  }
}
