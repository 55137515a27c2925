/**
 * A small server in the shape of Pinecone's HTTP API (2026-07), for notebooks and tests without an account: the control plane's indexes, the data
 * plane's vectors, with the limits, the errors and the delay that the documentation tells of. It searches exactly and keeps everything in memory.
 * Not Pinecone's, and no more than what its official client sends for a store of dense vectors.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { checkInteger, checkOptions } from "../../runtime/check.ts";
import { LocalIndex, RefusedRequest, type Json } from "./local-index.ts";

export interface LocalPineconeOptions {
  /** Milliseconds until a write is visible, as Pinecone is only eventually consistent. @default 0 */
  delay?: number;
}

export interface LocalPinecone {
  /** For openStore({ kind: "pinecone", url, apiKey: "any", … }). */
  readonly url: string;
  /** Answers the next requests of the data plane with an error's status, such as 429 for too many. */
  failNext(count: number, status: number): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the server on a free port of this machine. */
export async function startLocalPinecone(options: LocalPineconeOptions = {}): Promise<LocalPinecone> {
  checkOptions("options", options, ["delay"]);
  const delay = checkInteger("delay", options.delay ?? 0, { min: 0 });
  const indexes = new Map<string, LocalIndex>();
  const failures: number[] = [];
  let url = "";

  const describe = (index: LocalIndex): Json => ({
    name: index.name,
    host: `${url}/hosts/${index.name}`,
    status: { ready: true, state: "Ready" },
    deployment: index.deployment,
    schema: index.schema,
    deletion_protection: "disabled",
  });

  const control = (method: string, name: string | undefined, body: Json): Json => {
    if (method === "GET" && name === undefined) return { indexes: [...indexes.values()].map(describe) };
    if (method === "POST" && name === undefined) {
      if (indexes.has(body["name"] as string)) throw new RefusedRequest(409, "ALREADY_EXISTS", "Resource already exists");
      const index = new LocalIndex(body, delay);
      indexes.set(index.name, index);
      return describe(index);
    }
    const index = indexes.get(name ?? "");
    if (!index) throw new RefusedRequest(404, "NOT_FOUND", `Resource ${name} not found`);
    if (method === "DELETE") indexes.delete(index.name);
    return describe(index);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url!, url);
    const body = await readJson(request);
    if (request.headers["api-key"] === undefined) throw new RefusedRequest(401, "UNAUTHENTICATED", "Invalid API Key");
    const [, plane, name, ...operation] = pathname.split("/");
    if (plane === "indexes") return send(response, request.method === "POST" ? 201 : 200, control(request.method!, name, body));
    const index = indexes.get(name ?? "");
    if (plane !== "hosts" || !index) throw new RefusedRequest(404, "NOT_FOUND", `no ${pathname}`);
    const failure = failures.shift();
    if (failure !== undefined) throw new RefusedRequest(failure, "UNAVAILABLE", `refused with ${failure}, as was asked for`);
    const { json, headers } = index.handle(operation.join("/"), body, searchParams);
    send(response, 200, json, headers);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const { status, code, message } = error instanceof RefusedRequest ? error : { status: 500, code: "INTERNAL", message: String(error) };
      send(response, status, { status, error: { code, message } });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  server.unref(); // a notebook that forgets to close it ends all the same
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  const failNext = (count: number, status: number): void => void failures.push(...Array<number>(count).fill(status));
  return { url, failNext, close, [Symbol.asyncDispose]: close };
}

function send(response: ServerResponse, status: number, json: Json, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(json));
}

async function readJson(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
  }
  // Pinecone's limit on a request.
  if (bytes > 2 * 2 ** 20) throw new RefusedRequest(400, "INVALID_ARGUMENT", "Request size exceeds the maximum of 2MB");
  return bytes === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Json);
}
