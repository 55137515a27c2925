/** One file over HTTP, into a draft, with its progress; a host that does not answer is not asked again by this process. */
import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

const answerWithinMs = 5000;
const nextBytesWithinMs = 30_000;

const silentHosts = new Map<string, string>();

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  onBytes?: (count: number) => void;
}

/** @throws {Error} with a reason a reader understands: no such host, no answer, a status. */
export async function download(url: string, draft: string, { signal, onBytes }: DownloadOptions = {}): Promise<void> {
  const { host } = new URL(url);
  const known = silentHosts.get(host);
  if (known) throw new Error(known);

  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(new Error(`${host} did not answer within ${answerWithinMs / 1000} s`)), answerWithinMs);
  const abort = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
  const rearm = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(new Error(`${host} sent nothing for ${nextBytesWithinMs / 1000} s`)), nextBytesWithinMs);
  };
  try {
    const response = await reach(url, host, abort);
    if (!response.ok || !response.body) throw new Error(`${host} answered ${response.status} ${response.statusText}`.trimEnd());
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
    throw idle.signal.aborted ? idle.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function reach(url: string, host: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal, redirect: "follow" });
  } catch (error) {
    if (signal.aborted && !(signal.reason as Error).message?.startsWith(host)) throw error;
    const reason = signal.aborted ? (signal.reason as Error).message : `cannot reach ${host} (${rootCause(error)})`;
    silentHosts.set(host, reason);
    throw new Error(reason, { cause: error });
  }
}

function rootCause(error: unknown): string {
  const cause = (error as Error).cause as (Error & { code?: string }) | undefined;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
