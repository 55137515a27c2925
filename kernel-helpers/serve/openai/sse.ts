/** Server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html): an answer piece by piece. */
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { toApiError } from "../api-error.ts";

export interface SentEvent {
  /** A name of its own; chat completions have none. */
  event?: string;
  data: object;
}

/**
 * Answers with events, and at the end with [DONE] where the protocol has it. The first event is waited for before anything is sent, so what fails before it is
 * an error with a status; what fails later is an event.
 */
export async function sendEvents(
  reply: FastifyReply,
  events: AsyncGenerator<SentEvent, void>,
  { hasDone }: { hasDone: boolean },
): Promise<FastifyReply> {
  const first = await events.next();
  // A client that is gone before reading began never makes the lines below run, so their end would not come.
  const end = (): void => void events.return();
  if (reply.raw.destroyed) end();
  else reply.raw.once("close", end);
  const lines = (async function* (): AsyncGenerator<string, void> {
    try {
      if (!first.done) yield written(first.value);
      for await (const event of events) yield written(event);
      if (hasDone) yield "data: [DONE]\n\n";
    } catch (error) {
      reply.log.warn({ err: error }, "an answer broke off");
      yield written({ event: "error", data: toApiError(error).body });
    } finally {
      await events.return();
    }
  })();
  return reply
    .header("content-type", "text/event-stream; charset=utf-8")
    .header("cache-control", "no-cache")
    .header("x-accel-buffering", "no")
    .send(Readable.from(lines));
}

const written = ({ event, data }: SentEvent): string =>
  `${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
