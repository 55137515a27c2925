/** /v1/responses (platform.openai.com/docs/api-reference/responses), the part of it that keeps nothing: text and functions, in one piece or as events. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { JsonSchema, Usage } from "../../llm/index.ts";
import type { Answering, Task } from "../answering.ts";
import { invalid } from "../api-error.ts";
import { Choice, newId, type WrittenCall } from "./choice.ts";
import {
  toFormat,
  toMessages,
  toOptions,
  toTools,
  type GivenMessage,
  type GivenPart,
  type GivenSampling,
  type GivenTool,
} from "./messages.ts";
import { sendEvents, type SentEvent } from "./sse.ts";

type Item =
  | { type?: "message"; role: GivenMessage["role"]; content: string | readonly GivenPart[] }
  | { type: "function_call"; name: string; arguments: string }
  | { type: "function_call_output"; output: string };

export interface ResponsesBody extends GivenSampling {
  input: string | readonly Item[];
  instructions?: string | null;
  max_output_tokens?: number | null;
  tools?: readonly GivenTool[];
  tool_choice?: "none" | "auto" | "required" | { name: string };
  text?: { format?: { type: "text" | "json_object" } | { type: "json_schema"; schema: JsonSchema } };
  metadata?: object | null;
}

export const responses =
  (answering: Answering) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const body = request.body as ResponsesBody;
    const task = toTask(body, answering.mostTokens);
    const made = new Response(body);
    if (body.stream) return sendEvents(reply, events(answering, request, task, made), { hasDone: false });
    const { choices } = await answering.collect(request, task);
    return made.whole(choices[0]!);
  };

function toTask(body: ResponsesBody, mostTokens: number): Task {
  const messages = toMessages(messagesOf(body));
  const constraint = toFormat(body.text?.format);
  const tools = toTools(body.tools, body.tool_choice);
  if (tools.tools && constraint.schema !== undefined) throw invalid("tools and text.format exclude each other here", "text.format");
  const optionsOf = toOptions(body, body.max_output_tokens, mostTokens);
  return {
    operation: "chat",
    modelId: body.model,
    count: 1,
    prompt: messages,
    start: (model, index, signal) => model.chat(messages, { ...optionsOf(index), ...constraint, ...tools, signal }),
  };
}

/** Calls that follow each other belong to one message. */
function messagesOf({ input, instructions }: ResponsesBody): GivenMessage[] {
  const messages: GivenMessage[] = instructions == null ? [] : [{ role: "system", content: instructions }];
  if (typeof input === "string") return [...messages, { role: "user", content: input }];
  for (const item of input) {
    if (item.type === "function_call") {
      const call = { function: { name: item.name, arguments: item.arguments } };
      const last = messages.at(-1);
      if (last?.role === "assistant") messages[messages.length - 1] = { ...last, tool_calls: [...(last.tool_calls ?? []), call] };
      else messages.push({ role: "assistant", content: "", tool_calls: [call] });
    } else if (item.type === "function_call_output") messages.push({ role: "tool", content: item.output });
    else messages.push({ role: item.role, content: item.content });
  }
  return messages;
}

class Response {
  readonly #head: Record<string, unknown>;
  readonly messageId = newId("msg_");

  constructor(body: ResponsesBody) {
    this.#head = {
      id: newId("resp_"),
      object: "response",
      created_at: Math.floor(Date.now() / 1000),
      model: body.model,
      instructions: body.instructions ?? null,
      metadata: body.metadata ?? {},
      parallel_tool_calls: true,
      temperature: body.temperature ?? 1,
      top_p: body.top_p ?? 1,
      tool_choice: body.tool_choice ?? "auto",
      tools: body.tools ?? [],
      text: body.text ?? { format: { type: "text" } },
      store: false,
      error: null,
    };
  }

  begun(): object {
    return { ...this.#head, status: "in_progress", incomplete_details: null, output: [], usage: null };
  }

  message(text: string, status: "in_progress" | "completed" | "incomplete"): object {
    return { type: "message", id: this.messageId, role: "assistant", status, content: status === "in_progress" ? [] : [outputText(text)] };
  }

  whole(choice: Choice): object {
    const isCut = choice.finishReason === "length";
    const message = this.message(choice.text, isCut ? "incomplete" : "completed");
    return {
      ...this.#head,
      status: isCut ? "incomplete" : "completed",
      incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
      output: [...(choice.text !== "" || choice.calls.length === 0 ? [message] : []), ...choice.calls.map(callItem)],
      usage: usageOf(choice.usage),
    };
  }
}

const outputText = (text: string): object => ({ type: "output_text", text, annotations: [], logprobs: [] });

const callItem = ({ id, function: { name, arguments: given } }: WrittenCall): object => ({
  type: "function_call",
  id: id.replace("call_", "fc_"),
  call_id: id,
  name,
  arguments: given,
  status: "completed",
});

const usageOf = ({ promptTokens, cachedTokens, newTokens }: Usage): object => ({
  input_tokens: promptTokens,
  input_tokens_details: { cached_tokens: cachedTokens },
  output_tokens: newTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: promptTokens + newTokens,
});

async function* events(answering: Answering, request: FastifyRequest, task: Task, made: Response): AsyncGenerator<SentEvent, void> {
  let number = 0;
  const event = (type: string, content: object): SentEvent => ({ event: type, data: { type, sequence_number: number++, ...content } });
  const choice = new Choice();
  let items = 0;
  let messageAt: number | undefined;
  const inMessage = (content: object): object => ({ item_id: made.messageId, output_index: messageAt, content_index: 0, ...content });
  let hasBegun = false;
  for await (const { part } of answering.stream(request, task)) {
    choice.add(part);
    if (!hasBegun) {
      hasBegun = true;
      yield event("response.created", { response: made.begun() });
      yield event("response.in_progress", { response: made.begun() });
    }
    if (part.type === "text") {
      if (messageAt === undefined) {
        messageAt = items++;
        yield event("response.output_item.added", { output_index: messageAt, item: made.message("", "in_progress") });
        yield event("response.content_part.added", inMessage({ part: outputText("") }));
      }
      yield event("response.output_text.delta", inMessage({ delta: part.text, logprobs: [] }));
    } else if (part.type === "tool-call") {
      const item = callItem(choice.calls.at(-1)!) as { id: string; arguments: string };
      const at = { item_id: item.id, output_index: items };
      yield event("response.output_item.added", { output_index: items, item: { ...item, arguments: "", status: "in_progress" } });
      yield event("response.function_call_arguments.delta", { ...at, delta: item.arguments });
      yield event("response.function_call_arguments.done", { ...at, arguments: item.arguments });
      yield event("response.output_item.done", { output_index: items++, item });
    }
  }
  if (messageAt !== undefined) {
    yield event("response.output_text.done", inMessage({ text: choice.text, logprobs: [] }));
    yield event("response.content_part.done", inMessage({ part: outputText(choice.text) }));
    const status = choice.finishReason === "length" ? "incomplete" : "completed";
    yield event("response.output_item.done", { output_index: messageAt, item: made.message(choice.text, status) });
  }
  const isCut = choice.finishReason === "length";
  yield event(isCut ? "response.incomplete" : "response.completed", { response: made.whole(choice) });
}
