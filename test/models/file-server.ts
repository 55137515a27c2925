/** A server of files over real HTTP, with ranges and ETags, that can be told to break off. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** Bytes without a pattern that repeats within a file of a test. */
export function someBytes(count: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(count);
  for (let at = 0, state = seed; at < count; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export interface Served {
  body: Buffer;
  etag?: string;
}

export interface Asked {
  url: string;
  range: string | undefined;
  ifRange: string | undefined;
  authorization: string | undefined;
}

export class FileServer implements AsyncDisposable {
  readonly files: Record<string, Served> = {};
  readonly asked: Asked[] = [];
  /** For each of the next answers: after how many bytes the connection is cut. */
  cuts: number[] = [];
  /** Waits until the other side has taken so much of the file: what a broken connection still holds is lost. */
  taken: (bytes: number) => Promise<void> = () => Promise.resolve();
  hasRanges = true;
  /** Answers instead, where it returns true. */
  instead: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));
  host = "";

  static async start(): Promise<FileServer> {
    const server = new FileServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    server.host = `127.0.0.1:${(server.#server.address() as AddressInfo).port}`;
    return server;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { range, authorization } = request.headers;
    const ifRange = request.headers["if-range"] as string | undefined;
    this.asked.push({ url: request.url!, range, ifRange, authorization });
    if (this.instead(request, response)) return;
    const file = this.files[request.url!.split("?")[0]!];
    if (!file) return void response.writeHead(404).end();
    const { body, etag } = file;
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const isPart = this.hasRanges && range !== undefined && (ifRange === undefined || ifRange === etag);
    if (isPart && from >= body.length) return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
    const content = isPart ? body.subarray(from) : body;
    response.writeHead(isPart ? 206 : 200, {
      "content-length": content.length,
      ...(etag === undefined ? {} : { etag }),
      ...(isPart ? { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
    });
    const cut = this.cuts.shift();
    if (cut === undefined) response.end(content);
    else response.write(content.subarray(0, cut), () => void this.taken(from + cut).then(() => response.destroy()));
  }
}
