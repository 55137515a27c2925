/**
 * Load that does not wait for the server: requests arrive at times drawn beforehand, as from many people who know nothing of each other (a Poisson process),
 * and a slow answer does not put off the next request. Latencies count from the time at which a request was due, so none is left out because the
 * generator was held up ("coordinated omission"; Tene, "How NOT to Measure Latency", 2013).
 */
import { setTimeout } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import { checkFunction, checkInteger, checkNumber, checkObject, checkOptions, checkSignal, checkText } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";
import { summarize, type LoadReport } from "./report.ts";

export interface LoadOptions {
  /** Where the API begins, "http://127.0.0.1:8000/v1". */
  baseUrl: string;
  /** Requests a second, on average. */
  rate: number;
  /** Requests in all. */
  requests: number;
  /** The body of a streamed chat completion, by its number. */
  bodyOf: (index: number) => object;
  apiKey?: string;
  /** Draws the times. @default 0 */
  seed?: number;
  /** What a good answer takes at most; goodput counts those. */
  target?: { firstToken: number; perToken: number };
  signal?: AbortSignal;
}

/** How one request went; times in seconds, from when it was due. */
export interface LoadResult {
  /** Its number, as `bodyOf` got it. */
  index: number;
  status: number;
  due: number;
  /** Until the first token; undefined where none came. */
  firstToken: number | undefined;
  total: number;
  tokens: number;
  text: string;
  /** Whether the answer came to its end. */
  isWhole: boolean;
}

/** Sends requests at their times, and tells how they went. */
export async function openLoop(options: LoadOptions): Promise<LoadReport> {
  checkObject("options", options, { hint: "pass { baseUrl, rate, requests, bodyOf }" });
  checkOptions("options", options, ["baseUrl", "rate", "requests", "bodyOf", "apiKey", "seed", "target", "signal"]);
  const { baseUrl, rate, requests, bodyOf, apiKey, seed = 0, target, signal } = options;
  checkText("baseUrl", baseUrl, { allowEmpty: false });
  checkNumber("rate", rate, { above: 0 });
  checkInteger("requests", requests, { min: 1 });
  checkFunction("bodyOf", bodyOf);
  checkSignal("signal", signal);
  const random = createRandom(seed);
  const start = performance.now();
  let due = 0;
  const under: Promise<LoadResult>[] = [];
  for (let index = 0; index < requests; index++) {
    due += -Math.log(1 - random.next()) / rate;
    await setTimeout(Math.max(0, start + due * 1000 - performance.now()), undefined, signal && { signal });
    under.push(request({ url: `${baseUrl}/chat/completions`, index, body: bodyOf(index), apiKey, due, start, signal }));
  }
  const results = await Promise.all(under);
  return summarize(results, (performance.now() - start) / 1000, target);
}

/** So many clients, each of which asks again when it has its answer. */
export async function closedLoop(options: Omit<LoadOptions, "rate" | "seed"> & { clients: number }): Promise<LoadReport> {
  const { clients, baseUrl, requests, bodyOf, apiKey, target, signal } = options;
  checkInteger("clients", clients, { min: 1 });
  checkInteger("requests", requests, { min: 1 });
  const start = performance.now();
  const results: LoadResult[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < requests) {
      signal?.throwIfAborted();
      const index = next++;
      const body = bodyOf(index);
      const due = (performance.now() - start) / 1000;
      results.push(await request({ url: `${baseUrl}/chat/completions`, index, body, apiKey, due, start, signal }));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return summarize(results, (performance.now() - start) / 1000, target);
}

interface Sent {
  index: number;
  url: string;
  body: object;
  apiKey: string | undefined;
  due: number;
  start: number;
  signal: AbortSignal | undefined;
}

async function request({ index, url, body, apiKey, due, start, signal }: Sent): Promise<LoadResult> {
  const since = (): number => (performance.now() - start) / 1000 - due;
  const result: LoadResult = { index, status: 0, due, firstToken: undefined, total: 0, tokens: 0, text: "", isWhole: false };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
      body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
      ...(signal && { signal }),
    });
    result.status = response.status;
    const parser = createParser({ onEvent: ({ data }) => read(result, data, since) });
    if (response.ok && response.body) for await (const piece of response.body.pipeThrough(new TextDecoderStream())) parser.feed(piece);
    else await response.arrayBuffer();
  } catch {
    result.status ||= 599; // no answer, or none to its end
  }
  result.total = since();
  return result;
}

function read(result: LoadResult, data: string, since: () => number): void {
  if (data === "[DONE]") {
    result.isWhole = true;
    return;
  }
  const { choices, usage } = JSON.parse(data) as { choices?: { delta?: { content?: string } }[]; usage?: { completion_tokens?: number } };
  const text = choices?.[0]?.delta?.content ?? "";
  if (text !== "") result.firstToken ??= since();
  result.text += text;
  result.tokens = usage?.completion_tokens ?? result.tokens;
}
