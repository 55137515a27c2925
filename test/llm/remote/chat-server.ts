/** A small server that speaks OpenAI's chat completions over server-sent events: what it is told to send, in the pieces that it is told. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  path: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
}

export interface ChatServer extends AsyncDisposable {
  baseUrl: string;
  asked: Asked[];
  /** How the next requests are answered, one each; the last for all that follow. */
  answers: ((response: ServerResponse) => void | Promise<void>)[];
}

export async function startChatServer(): Promise<ChatServer> {
  const asked: Asked[] = [];
  const answers: ChatServer["answers"] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push({
        path: request.url!,
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>,
      });
      void (answers.length > 1 ? answers.shift()! : answers[0]!)(response);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** The stream of events as text, as OpenAI's reference shows it. */
export const eventsOf = (chunks: readonly object[], { done = true } = {}): string =>
  [...chunks.map((chunk) => JSON.stringify(chunk)), ...(done ? ["[DONE]"] : [])].map((data) => `data: ${data}\n\n`).join("");

/** One chunk of a completion. */
export const delta = (content: object, finish: string | null = null): object => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: content, finish_reason: finish }],
});

export const usage = {
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  choices: [],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
};

/** Sends bytes in pieces of a size, each when the one before has left, so that events and characters come apart. */
export function sending(text: string, { size = Infinity }: { size?: number } = {}): (response: ServerResponse) => Promise<void> {
  return async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, at + size));
      await new Promise((next) => setImmediate(next));
    }
    response.end();
  };
}

export const refusing = (status: number, body: unknown): ((response: ServerResponse) => void) => {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
};
