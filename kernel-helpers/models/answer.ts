/** Asking a server over HTTP. A host that does not answer is not asked again for a while: the next source is. */
import { setTimeout as sleep } from "node:timers/promises";
import { HelperError, UnavailableError } from "../errors.ts";

const answerWithinMs = 5000;
const nextBytesWithinMs = 30_000;
const askAgainAfterMs = 60_000;

/** Before each new attempt. */
const defaultDelaysMs: readonly number[] = [500, 1000, 2000, 4000, 8000];

/** Host → why it did not answer, and when. */
const silentHosts = new Map<string, { reason: UnavailableError; at: number }>();

export interface Request {
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** The error for a status of 400 and above, where the server's own words say more. */
  refusal?: ((response: Response) => HelperError | undefined) | undefined;
}

/**
 * Asks, and hands the answer to `use`, which calls `alive` whenever bytes have come.
 *
 * @throws {UnavailableError} The host is unknown or falls silent, or refuses. Facts: host; status, or reason (the system's code); isPassing, where asking
 *   again may help.
 */
export async function ask<T>(address: string, request: Request, use: (response: Response, alive: () => void) => Promise<T>): Promise<T> {
  const { headers = {}, signal, refusal } = request;
  const { host } = new URL(address);
  const known = silentHosts.get(host);
  if (known && performance.now() - known.at < askAgainAfterMs) throw known.reason;

  const idle = new AbortController();
  const endIdle = (what: string): void => idle.abort(unavailable(host, what, { isPassing: hasAnswered }));
  let timer = setTimeout(() => endIdle(`did not answer within ${answerWithinMs / 1000} s`), answerWithinMs);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => endIdle(`sent nothing for ${nextBytesWithinMs / 1000} s`), nextBytesWithinMs);
  };
  let hasAnswered = false;
  try {
    const abort = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
    const response = await fetch(address, { headers, signal: abort, redirect: "follow" });
    hasAnswered = true;
    alive();
    if (response.status >= 400) throw refusal?.(response) ?? (await refused(host, response));
    return await use(response, alive);
  } catch (error) {
    signal?.throwIfAborted();
    if (hasAnswered && idle.signal.aborted) throw idle.signal.reason;
    if (hasAnswered) throw isNetwork(error) ? broken(host, error) : error;
    const reason = idle.signal.aborted ? (idle.signal.reason as UnavailableError) : unreachable(host, error);
    silentHosts.set(host, { reason, at: performance.now() });
    throw reason;
  } finally {
    clearTimeout(timer);
  }
}

export interface RetryOptions {
  signal?: AbortSignal | undefined;
  retryDelaysMs?: readonly number[] | undefined;
}

/** Does work that asks again while what goes wrong may pass; where it gets further each time, without end. */
export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions, hasAdvanced: () => boolean = () => false): Promise<T> {
  const { signal, retryDelaysMs = defaultDelaysMs } = options;
  for (let failures = 0; ;) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (hasAdvanced()) failures = 0;
      const facts = HelperError.is(error) ? error.facts : {};
      if (facts["isPassing"] !== true || failures >= retryDelaysMs.length) throw error;
      await sleep(Number(facts["waitMs"] ?? retryDelaysMs[failures]), undefined, signal ? { signal } : {});
      failures++;
    }
  }
}

/** Statuses that may be others in a moment. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

async function refused(host: string, response: Response): Promise<UnavailableError> {
  await response.body?.cancel();
  const { status, statusText } = response;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const waitMs = Number.isFinite(seconds) ? { waitMs: Math.min(60, seconds) * 1000 } : {};
  return unavailable(host, `answered ${status} ${statusText}`.trimEnd(), { status, isPassing: passing.has(status), ...waitMs });
}

/** fetch says "terminated" where a connection breaks, with the reason as its cause. */
const isNetwork = (error: unknown): boolean =>
  error instanceof TypeError || /^(ECONN|EPIPE|ETIMEDOUT|UND_ERR)/.test(String((error as { code?: unknown } | null)?.code));

export function broken(host: string, error: unknown): UnavailableError {
  return unavailable(host, `broke off (${reasonOf(error)})`, { reason: reasonOf(error), isPassing: true }, error);
}

/** fetch only says "fetch failed"; its cause has the system's code. */
function unreachable(host: string, error: unknown): UnavailableError {
  return unavailable(host, `cannot be reached (${reasonOf(error)})`, { reason: reasonOf(error) }, error);
}

function reasonOf(error: unknown): string {
  const cause = ((error as Error).cause ?? error) as Error & { code?: string };
  return cause.code ?? cause.message ?? String(error);
}

function unavailable(host: string, what: string, facts: Record<string, unknown> = {}, cause?: unknown): UnavailableError {
  return new UnavailableError(`${host} ${what}`, {
    hint: "check the network, and the proxy where there is one",
    facts: { host, ...facts },
    cause,
  });
}
