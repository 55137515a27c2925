/** Who may ask, and how much. Of a key only its SHA-256 is kept, and comparing takes the same time whichever byte differs. */
import { createHash, timingSafeEqual } from "node:crypto";
import { ApiError } from "../api-error.ts";
import { checkArray, checkInteger, checkObject, checkOptions, checkText } from "../../runtime/check.ts";
import { argumentError } from "../../runtime/check.ts";

export interface ApiKey {
  /** Appears in logs and metrics. */
  name: string;
  /** SHA-256 of the key, in hexadecimal: `printf %s "$KEY" | sha256sum`. */
  sha256: string;
  /** Requests that may begin within a minute. @default any number */
  requestsPerMinute?: number;
  /** Tokens, read and written, within a minute; the request that goes beyond is still answered, the next is not. @default any number */
  tokensPerMinute?: number;
  /** Requests under way at once. @default any number */
  concurrent?: number;
}

/** What a client has used lately. */
export class Client {
  readonly name: string;
  readonly #limits: Omit<ApiKey, "name" | "sha256">;
  readonly #requests: Bucket | undefined;
  readonly #tokens: Bucket | undefined;
  #underWay = 0;

  constructor(name: string, limits: Omit<ApiKey, "name" | "sha256"> = {}) {
    this.name = name;
    this.#limits = limits;
    this.#requests = limits.requestsPerMinute === undefined ? undefined : new Bucket(limits.requestsPerMinute);
    this.#tokens = limits.tokensPerMinute === undefined ? undefined : new Bucket(limits.tokensPerMinute);
  }

  /** Counts a request, until what is returned is called. @throws {ApiError} It has to wait: 429. */
  begin(now: number = Date.now()): () => void {
    if (this.#underWay >= (this.#limits.concurrent ?? Infinity)) throw limited(`${this.#limits.concurrent} requests at once`, 1);
    const wait = Math.max(this.#requests?.wait(1, now) ?? 0, this.#tokens?.wait(1, now) ?? 0);
    if (wait > 0) {
      const isRequests = (this.#requests?.wait(1, now) ?? 0) > 0;
      throw limited(
        isRequests ? `${this.#limits.requestsPerMinute} requests a minute` : `${this.#limits.tokensPerMinute} tokens a minute`,
        wait,
      );
    }
    this.#requests?.take(1, now);
    this.#underWay++;
    let isOver = false;
    return () => {
      if (!isOver) this.#underWay--;
      isOver = true;
    };
  }

  spend(tokens: number, now: number = Date.now()): void {
    this.#tokens?.take(tokens, now);
  }
}

const limited = (limit: string, wait: number): ApiError =>
  new ApiError(429, "rate_limit_error", `Rate limit reached: this key may make ${limit}. Try again in ${Math.ceil(wait)} s.`, {
    code: "rate_limit_exceeded",
    retryAfter: Math.ceil(wait),
  });

/** A bucket that holds what a minute allows, and fills evenly. It may be overdrawn, and is then closed for longer. */
class Bucket {
  readonly #perMinute: number;
  #level: number;
  #at: number | undefined;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#level = perMinute;
  }

  /** Seconds until so much is in it. */
  wait(amount: number, now: number): number {
    this.#fill(now);
    return Math.max(0, ((amount - this.#level) / this.#perMinute) * 60);
  }

  take(amount: number, now: number): void {
    this.#fill(now);
    this.#level -= amount;
  }

  #fill(now: number): void {
    const seconds = Math.max(0, now - (this.#at ?? now)) / 1000;
    this.#level = Math.min(this.#perMinute, this.#level + (seconds * this.#perMinute) / 60);
    this.#at = now;
  }
}

export class ApiKeys {
  readonly #clients: readonly { hash: Buffer; client: Client }[];
  readonly #anyone = new Client("anyone");

  /** @param keys With none of them anyone may ask. */
  constructor(keys: readonly ApiKey[]) {
    this.#clients = keys.map(({ sha256, name, ...limits }) => ({ hash: Buffer.from(sha256, "hex"), client: new Client(name, limits) }));
  }

  /** @throws {ApiError} 401. */
  clientOf(authorization: string | undefined): Client {
    if (this.#clients.length === 0) return this.#anyone;
    const [, key] = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? "") ?? [];
    if (key === undefined) throw unauthorized("You didn't provide an API key: send it as Authorization: Bearer KEY.");
    const hash = createHash("sha256").update(key).digest();
    let found: Client | undefined;
    for (const one of this.#clients) if (timingSafeEqual(one.hash, hash)) found = one.client; // all are compared, whichever fits
    if (!found) throw unauthorized("Incorrect API key provided.");
    return found;
  }
}

const unauthorized = (message: string): ApiError => new ApiError(401, "authentication_error", message, { code: "invalid_api_key" });

export function checkKeys(keys: unknown): readonly ApiKey[] {
  const names = new Set<string>();
  return checkArray("keys", keys, (argument, key): ApiKey => {
    const given = checkObject(argument, key, { hint: "pass { name, sha256 }" });
    checkOptions(argument, given, ["name", "sha256", "requestsPerMinute", "tokensPerMinute", "concurrent"]);
    const name = checkText(`${argument}.name`, given["name"], { allowEmpty: false });
    if (names.has(name)) throw argumentError(`${argument}.name`, "a name of its own", name);
    names.add(name);
    const sha256 = checkText(`${argument}.sha256`, given["sha256"]);
    if (!/^[0-9a-f]{64}$/i.test(sha256))
      throw argumentError(`${argument}.sha256`, "64 hexadecimal digits", "something else", { hint: 'printf %s "$KEY" | sha256sum' });
    for (const limit of ["requestsPerMinute", "tokensPerMinute", "concurrent"]) {
      if (given[limit] !== undefined) checkInteger(`${argument}.${limit}`, given[limit], { min: 1 });
    }
    return given as unknown as ApiKey;
  });
}
