/** One file over HTTP. It goes on where it stopped: after a broken connection by itself, after a kill or Ctrl-C at the next call. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FormatError, HelperError } from "../errors.ts";
import { ask, broken, withRetries, type Request, type RetryOptions } from "./answer.ts";
import { sha256Of } from "./cache.ts";
import { Part } from "./part.ts";

export interface DownloadOptions extends RetryOptions {
  /** Bytes that have come; fewer than none where some turned out to be of another file. */
  onBytes?: (count: number) => void;
  /** Bytes that were there from an earlier call. */
  onKept?: (count: number) => void;
}

export interface Wanted extends Pick<Request, "headers" | "refusal"> {
  /** Asked for only when bytes are missing. */
  address: string | (() => Promise<string>);
  /** For messages. */
  name: string;
  sha256: string;
  bytes: number;
}

/**
 * Downloads a file and checks its SHA-256. The caller moves it from the drafts to its place, or removes it.
 *
 * @throws {UnavailableError} The host is unknown or silent, or refuses, or breaks off again and again.
 * @throws {FormatError} The file is another one.
 */
export async function download(wanted: Wanted, options: DownloadOptions = {}): Promise<string> {
  const part = await Part.claim(wanted.sha256);
  try {
    options.onKept?.(part.bytes);
    for (let wasKept = part.bytes > 0; ; wasKept = false) {
      await fill(part, wanted, options);
      const found = await sha256Of(part.file);
      if (found === wanted.sha256) return await part.take();
      await startOver(part, options);
      if (!wasKept) throw anotherFile(wanted, `SHA-256 ${found}`, wanted.sha256, { found });
    }
  } catch (error) {
    await part.release();
    throw error;
  }
}

async function fill(part: Part, wanted: Wanted, options: DownloadOptions): Promise<void> {
  if (part.bytes > wanted.bytes) await startOver(part, options);
  if (part.bytes === wanted.bytes) return;
  const address = typeof wanted.address === "string" ? wanted.address : await wanted.address();
  let before = part.bytes;
  const attempt = async (): Promise<void> => {
    before = part.bytes;
    try {
      await receive(part, address, wanted, options);
    } catch (error) {
      const isShorter = HelperError.is(error) && error.facts["status"] === 416; // than what was kept
      if (!isShorter || part.bytes === 0) throw error;
      await startOver(part, options);
      await receive(part, address, wanted, options);
    }
  };
  await withRetries(attempt, options, () => part.bytes > before);
}

function receive(part: Part, address: string, wanted: Wanted, options: DownloadOptions): Promise<void> {
  const { refusal } = wanted;
  const { signal, onBytes } = options;
  const headers: Record<string, string> = { ...wanted.headers, "accept-encoding": "identity" };
  if (part.bytes > 0) headers["range"] = `bytes=${part.bytes}-`;
  const { origin } = part;
  if (part.bytes > 0 && origin?.validator !== undefined && origin.address === address) headers["if-range"] = origin.validator;
  return ask(address, { headers, signal, refusal }, async (response, alive) => {
    if (part.bytes > 0 && !goesOnAt(part.bytes, response)) await startOver(part, options);
    const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
    const whole = part.bytes + Number(length ?? wanted.bytes - part.bytes);
    if (whole !== wanted.bytes) {
      await response.body?.cancel();
      throw anotherFile(wanted, `${whole} bytes`, `${wanted.bytes}`, { found: whole });
    }
    if (part.bytes === 0) await part.begin(originOf(address, response));
    const meter = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        alive();
        part.bytes += chunk.length;
        onBytes?.(chunk.length);
        done(part.bytes > wanted.bytes ? anotherFile(wanted, `${part.bytes} bytes or more`, `${wanted.bytes}`, {}) : null, chunk);
      },
    });
    const sink = createWriteStream(part.file, { flags: "a" });
    try {
      await pipeline(Readable.fromWeb(response.body as never), meter, sink, signal ? { signal } : {});
    } finally {
      if (!sink.closed) await once(sink, "close"); // a write may still be on its way to the disk, and others are given up
      onBytes?.(await part.measure());
    }
    if (part.bytes < wanted.bytes) throw broken(new URL(address).host, new Error(`after ${part.bytes} of ${wanted.bytes} bytes`));
  });
}

/** Not so where a server knows no ranges, or has another file by now. */
function goesOnAt(bytes: number, response: Response): boolean {
  return response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${bytes}-`) === true;
}

/** A weak ETag does not say that two files have the same bytes, so If-Range may not have it (RFC 9110, 13.1.5). */
function originOf(address: string, response: Response): { address: string; validator?: string } {
  const etag = response.headers.get("etag");
  const validator = etag && !etag.startsWith("W/") ? etag : response.headers.get("last-modified");
  return validator ? { address, validator } : { address };
}

async function startOver(part: Part, { onBytes }: DownloadOptions): Promise<void> {
  onBytes?.(-part.bytes);
  await part.discard();
}

function anotherFile({ name }: Wanted, found: string, expected: string, facts: Record<string, unknown>): FormatError {
  return new FormatError(`${name} has ${found}, expected ${expected}`, {
    hint: "the source serves another file than the course was written for",
    facts: { name, expected, ...facts },
  });
}
