/** One file over HTTP, into a draft, with its progress. A host that did not answer is not asked again for a while: the next source is. */
import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UnavailableError } from "../errors.ts";

const answerWithinMs = 5000;
const nextBytesWithinMs = 30_000;
const askAgainAfterMs = 60_000;

/** Host → why it did not answer, and when. */
const silentHosts = new Map<string, { reason: UnavailableError; at: number }>();

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  onBytes?: (count: number) => void;
}

/** @throws {UnavailableError} The host is unknown or silent, or answers with an error. Facts: host; status, or reason (the system's code). */
export async function download(url: string, draft: string, { signal, onBytes }: DownloadOptions = {}): Promise<void> {
  const { host } = new URL(url);
  const known = silentHosts.get(host);
  if (known && performance.now() - known.at < askAgainAfterMs) throw known.reason;

  const idle = new AbortController();
  const endIdle = (what: string): void => idle.abort(unavailable(host, what));
  let timer = setTimeout(() => endIdle(`did not answer within ${answerWithinMs / 1000} s`), answerWithinMs);
  const abort = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
  const rearm = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => endIdle(`sent nothing for ${nextBytesWithinMs / 1000} s`), nextBytesWithinMs);
  };
  let hasAnswered = false;
  try {
    const response = await fetch(url, { signal: abort, redirect: "follow" });
    hasAnswered = true;
    if (!response.ok || !response.body) {
      throw unavailable(host, `answered ${response.status} ${response.statusText}`.trimEnd(), { status: response.status });
    }
    rearm();
    const meter = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        rearm();
        onBytes?.(chunk.length);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body as never), meter, createWriteStream(draft), { signal: abort });
  } catch (error) {
    signal?.throwIfAborted();
    if (hasAnswered) throw idle.signal.aborted ? idle.signal.reason : error;
    const reason = idle.signal.aborted ? (idle.signal.reason as UnavailableError) : unreachable(host, error);
    silentHosts.set(host, { reason, at: performance.now() });
    throw reason;
  } finally {
    clearTimeout(timer);
  }
}

function unavailable(host: string, what: string, facts: Record<string, unknown> = {}, cause?: unknown): UnavailableError {
  return new UnavailableError(`${host} ${what}`, {
    hint: "check the network, and the proxy where there is one",
    facts: { host, ...facts },
    cause,
  });
}

/** fetch only says "fetch failed"; its cause has the system's code. */
function unreachable(host: string, error: unknown): UnavailableError {
  const cause = (error as Error).cause as (Error & { code?: string }) | undefined;
  const reason = cause?.code ?? cause?.message ?? String(error);
  return unavailable(host, `cannot be reached (${reason})`, { reason }, error);
}
