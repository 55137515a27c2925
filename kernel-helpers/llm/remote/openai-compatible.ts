/**
 * Any endpoint that speaks OpenAI's chat completions, as a ChatModel, images in its messages included: OpenAI's own, and those of vLLM, llama.cpp's server, Ollama and many hosts. It asks
 * for the part of the API that they share (platform.openai.com/docs/api-reference/chat).
 */
import { createParser } from "eventsource-parser";
import { AccessError, FormatError, HelperError, UnavailableError } from "../../errors.ts";
import { argumentError, checkInteger, checkObject, checkOptions, checkText, isPlainObject } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import type { ChatOptions, MultimodalChatModel, MultimodalMessage, Part, Usage } from "../chat-model.ts";
import { checkChat, withCallIds } from "./check-chat.ts";
import { CallPieces } from "./call-pieces.ts";

export interface OpenAiCompatibleOptions {
  /** Where the API begins: "https://api.openai.com/v1", "http://localhost:8080/v1". */
  baseUrl: string;
  /** As the endpoint calls it. */
  model: string;
  /** Sent as a bearer token. @default none, as for servers on this machine */
  apiKey?: string;
  /** Seconds to wait for the next piece of an answer, the first included. @default 120 */
  timeout?: number;
  /** How often a request is made again that was refused for now (429, 5xx) or did not get through, with a pause that doubles. @default 2 */
  retries?: number;
  /** More headers, such as an organisation. */
  headers?: Readonly<Record<string, string>>;
}

/**
 * @throws {ArgumentError} An option is missing or malformed.
 * @example
 * const model = openAiCompatible({ baseUrl: 'http://localhost:8080/v1', model: 'qwen2.5' })
 * for await (const part of model.chat([{ role: 'user', content: 'Hello' }])) …
 */
export function openAiCompatible(options: OpenAiCompatibleOptions): MultimodalChatModel {
  checkObject("options", options, { hint: 'pass { baseUrl: "http://localhost:8080/v1", model: "…" }' });
  checkOptions("options", options, ["baseUrl", "model", "apiKey", "timeout", "retries", "headers"]);
  const { baseUrl, model, apiKey, timeout = 120, retries = 2, headers = {} } = options;
  checkText("baseUrl", baseUrl, { allowEmpty: false });
  if (!/^https?:\/\//i.test(baseUrl) || !URL.canParse(baseUrl))
    throw argumentError("baseUrl", "an http or https address", baseUrl, { hint: 'such as "http://localhost:8080/v1"' });
  checkText("model", model, { allowEmpty: false });
  if (apiKey !== undefined) checkText("apiKey", apiKey, { allowEmpty: false, hint: "leave it out where the server asks for none" });
  checkInteger("timeout", timeout, { min: 1 });
  checkInteger("retries", retries, { min: 0 });
  for (const [name, text] of Object.entries(checkObject("headers", headers))) checkText(`headers.${name}`, text);
  const endpoint: Endpoint = {
    url: `${baseUrl.replace(/\/+$/, "")}/chat/completions`,
    headers: { "content-type": "application/json", ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }), ...headers },
    timeoutMs: timeout * 1000,
    retries,
  };
  return {
    name: model,
    chat(messages: readonly MultimodalMessage[], chatOptions: ChatOptions = {}): AsyncGenerator<Part, void> {
      checkChat(messages, chatOptions);
      return stream(endpoint, requestBody(model, messages, chatOptions), chatOptions.signal);
    },
  };
}

interface Endpoint {
  url: string;
  headers: Record<string, string>;
  timeoutMs: number;
  retries: number;
}

function requestBody(model: string, messages: readonly MultimodalMessage[], options: ChatOptions): Record<string, unknown> {
  const { tools, toolChoice, schema, maxNewTokens = 256, stop, temperature, topP, seed } = options;
  return {
    model,
    messages: withCallIds(messages).map(({ message, callIds, answers }) => ({
      role: message.role,
      content: message.content,
      ...(callIds.length > 0 && {
        tool_calls: message.toolCalls!.map(({ name, arguments: given }, index) => ({
          id: callIds[index],
          type: "function",
          function: { name, arguments: JSON.stringify(given) },
        })),
      }),
      ...(answers !== undefined && { tool_call_id: answers }),
    })),
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: maxNewTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(seed !== undefined && { seed }),
    ...(stop && stop.length > 0 && { stop }),
    ...(tools && { tools: tools.map((tool) => ({ type: "function", function: tool })) }),
    ...(toolChoice === "required" && { tool_choice: "required" }),
    ...(schema && { response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } } }),
  };
}

/** What a chunk of the stream says, as far as it is read. */
interface ChatChunk {
  choices?: { delta?: { content?: string | null; tool_calls?: readonly ToolDelta[] }; finish_reason?: string | null }[];
  usage?: { prompt_tokens?: number; completion_tokens?: number; prompt_tokens_details?: { cached_tokens?: number } } | null;
  error?: { message?: string } | string;
}

interface ToolDelta {
  index?: number;
  function?: { name?: string; arguments?: string };
}

async function* stream(endpoint: Endpoint, body: Record<string, unknown>, signal: AbortSignal | undefined): AsyncGenerator<Part, void> {
  const clock = new Clock(endpoint.timeoutMs, signal);
  try {
    const response = await request(endpoint, body, clock);
    const calls = new CallPieces();
    let reason: "stop" | "length" | undefined;
    let usage: Usage = { promptTokens: 0, cachedTokens: 0, newTokens: 0 };
    for await (const data of events(response, clock)) {
      if (data === "[DONE]") break;
      const chunk = parseJson(data, { file: endpoint.url, hint: "the endpoint does not speak OpenAI's protocol" }) as ChatChunk;
      if (chunk.error !== undefined) throw refused(endpoint.url, 200, JSON.stringify({ error: chunk.error }));
      const [choice] = chunk.choices ?? [];
      const text = choice?.delta?.content ?? "";
      if (text !== "") yield { type: "text", text };
      for (const { index = 0, function: called = {} } of choice?.delta?.tool_calls ?? []) calls.add(index, called.name, called.arguments);
      if (choice?.finish_reason != null) reason = choice.finish_reason === "length" ? "length" : "stop";
      if (chunk.usage) {
        const { prompt_tokens: promptTokens = 0, completion_tokens: newTokens = 0, prompt_tokens_details: details } = chunk.usage;
        usage = { promptTokens, cachedTokens: details?.cached_tokens ?? 0, newTokens };
      }
    }
    if (reason === undefined) {
      throw new UnavailableError(`the answer of ${endpoint.url} broke off`, {
        hint: "ask again; what has come is not whole",
        facts: { url: endpoint.url, reason: "cut" },
      });
    }
    for (const call of calls.finished(endpoint.url)) yield { type: "tool-call", ...call };
    yield { type: "finish", reason, usage };
  } catch (error) {
    signal?.throwIfAborted();
    if (HelperError.is(error)) throw error;
    throw unreachable(endpoint, error, clock.isOver);
  } finally {
    clock.stop();
  }
}

/** The data of each event (WHATWG HTML, 9.2). */
async function* events(response: Response, clock: Clock): AsyncGenerator<string, void> {
  const waiting: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => void waiting.push(data) });
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    clock.restart();
    parser.feed(text);
    yield* waiting.splice(0);
  }
  parser.feed("\n\n"); // a server may leave out the empty line after the last event
  yield* waiting;
}

async function request(endpoint: Endpoint, body: Record<string, unknown>, clock: Clock): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    let failure: HelperError;
    try {
      const { url, headers } = endpoint;
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal: clock.signal });
      if (response.ok && response.body) return response;
      failure = refused(url, response.status, await response.text());
      if (response.status !== 429 && response.status < 500) throw failure;
    } catch (error) {
      if (HelperError.is(error) || clock.signal.aborted) throw error;
      failure = unreachable(endpoint, error, false);
    }
    if (attempt >= endpoint.retries) throw failure;
    await clock.pause(500 * 2 ** attempt);
    clock.restart();
  }
}

/** Facts: url, status, and what the server says. */
function refused(url: string, status: number, text: string): HelperError {
  const said = messageOf(text);
  const facts = { url, status, message: said };
  const what = `${url} answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 401 || status === 403) return new AccessError(what, { hint: "pass a valid apiKey, and check what it may use", facts });
  if (status === 404)
    return new UnavailableError(what, { hint: "check baseUrl, which most often ends in /v1, and the model's name", facts });
  if (status === 429)
    return new UnavailableError(what, { hint: "wait, or ask less often: the endpoint limits how much it is asked", facts });
  if (status < 500)
    return new FormatError(what, { hint: "the endpoint may not support what was asked for: tools, schema, or so long a prompt", facts });
  return new UnavailableError(what, { hint: "the endpoint failed: try again later", facts });
}

/** The message within OpenAI's form of an error, or the beginning of whatever the server says. */
function messageOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "string") return error;
    if (isPlainObject(error) && typeof error["message"] === "string") return error["message"];
  } catch {
    // not JSON: shown as it is
  }
  return text.trim().slice(0, 200);
}

function unreachable({ url, timeoutMs }: Endpoint, cause: unknown, isLate: boolean): UnavailableError {
  if (isLate) {
    return new UnavailableError(`${url} has sent nothing for ${timeoutMs / 1000} s`, {
      hint: "pass a longer timeout, or a smaller prompt",
      facts: { url, reason: "timeout" },
    });
  }
  const { code, message } = ((cause as Error).cause ?? cause) as { code?: string; message?: string };
  return new UnavailableError(`${url} cannot be reached (${code ?? message ?? "no reason given"})`, {
    hint: "check the address, and that the server runs",
    cause,
    facts: { url, reason: code ?? "network" },
  });
}

/** Ends a request that hears nothing for too long, or whose caller has had enough. */
class Clock {
  readonly signal: AbortSignal;
  isOver = false;
  readonly #late = new AbortController();
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.signal = outer ? AbortSignal.any([outer, this.#late.signal]) : this.#late.signal;
    this.restart();
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#late.abort();
    }, this.#timeoutMs);
  }

  /** A pause that an abort ends. */
  async pause(ms: number): Promise<void> {
    clearTimeout(this.#timer);
    const { setTimeout: sleep } = await import("node:timers/promises");
    await sleep(ms, undefined, { signal: this.signal });
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
