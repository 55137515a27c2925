/** Sessions kept for the next run of the same graph. */
import type { Session } from "./session.ts";

/** What is kept: a session, and whatever its owner needs to run it. */
export interface KeptSession {
  readonly session: Session;
  /** About how much memory it holds: its constants, and the most that its intermediate results take at once. */
  readonly bytes: number;
}

export interface SessionCacheOptions {
  /** How many are kept. */
  count: number;
  /** How much memory all of them may hold; the one used last is kept anyway. */
  bytes: number;
}

/** Keeps the sessions used last, and closes those used longest ago. */
export class SessionCache<T extends KeptSession> {
  readonly #limits: SessionCacheOptions;
  readonly #kept = new Map<string, T>();
  #bytes = 0;

  constructor(limits: SessionCacheOptions) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#kept.size;
  }

  get(key: string): T | undefined {
    const found = this.#kept.get(key);
    if (!found) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found); // the last of all
    return found;
  }

  /** Keeps it, instead of what was kept under the key. */
  set(key: string, made: T): T {
    this.delete(key);
    this.#kept.set(key, made);
    this.#bytes += made.bytes;
    for (const oldest of this.#kept.keys()) {
      if (oldest === key || (this.#kept.size <= this.#limits.count && this.#bytes <= this.#limits.bytes)) break;
      this.delete(oldest);
    }
    return made;
  }

  /** Closes the session. */
  delete(key: string): void {
    const found = this.#kept.get(key);
    if (!found) return;
    this.#kept.delete(key);
    this.#bytes -= found.bytes;
    found.session.close();
  }
}
