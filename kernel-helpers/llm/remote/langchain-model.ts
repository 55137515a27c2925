/** A chat model of LangChain.js as a ChatModel. Nothing of LangChain is imported: a program that has such a model has its package. */
import { UnavailableError } from "../../errors.ts";
import { argumentError } from "../../runtime/check.ts";
import type { ChatModel, ChatOptions, Message, Part, Usage } from "../chat-model.ts";
import { CallPieces } from "./call-pieces.ts";
import { checkChat, withCallIds } from "./check-chat.ts";

/** What is used of LangChain's BaseChatModel. */
export interface LangChainChatModel {
  stream(input: never, options?: never): Promise<AsyncIterable<unknown>>;
  bindTools?(tools: never, options?: never): unknown;
  getName?(): string;
}

/** What is read of an AIMessageChunk. */
interface MessageChunk {
  content?: string | readonly { type?: string; text?: string }[];
  tool_call_chunks?: readonly { index?: number; name?: string; args?: string }[];
  tool_calls?: readonly { name: string; args?: Record<string, unknown> }[];
  usage_metadata?: { input_tokens?: number; output_tokens?: number; input_token_details?: { cache_read?: number } };
  response_metadata?: Record<string, unknown>;
}

/**
 * Of the options, `tools`, `toolChoice: "required"`, `stop` and `signal` reach the model; how it samples, and how long its answers are, is set where it is made.
 *
 * @example
 * const model = fromLangChain(new ChatOpenAI({ model: 'gpt-5-mini', temperature: 0 }))
 */
export function fromLangChain(model: LangChainChatModel): ChatModel {
  if (typeof (model as LangChainChatModel | undefined)?.stream !== "function")
    throw argumentError("model", "a chat model of LangChain", model, { hint: "such as new ChatOpenAI(…) of @langchain/openai" });
  const name = model.getName?.() ?? "LangChain model";
  return {
    name,
    chat(messages: readonly Message[], options: ChatOptions = {}): AsyncGenerator<Part, void> {
      checkChat(messages, options);
      return stream(name, model, messages, options);
    },
  };
}

async function* stream(
  name: string,
  model: LangChainChatModel,
  messages: readonly Message[],
  { tools, toolChoice, stop, signal }: ChatOptions,
): AsyncGenerator<Part, void> {
  signal?.throwIfAborted();
  const chunks = await withTools(name, model, tools, toolChoice).stream(toLangChain(messages) as never, { stop, signal } as never);
  const calls = new CallPieces();
  let usage: Usage = { promptTokens: 0, cachedTokens: 0, newTokens: 0 };
  let reason: "stop" | "length" = "stop";
  let whole = 0;
  for await (const one of chunks) {
    signal?.throwIfAborted();
    const chunk = one as MessageChunk;
    const text = textOf(chunk.content);
    if (text !== "") yield { type: "text", text };
    const pieces = chunk.tool_call_chunks ?? [];
    for (const { index = 0, name: called, args } of pieces) calls.add(index, called, args);
    // models that do not stream their calls bring them whole
    if (pieces.length === 0)
      for (const { name: called, args } of chunk.tool_calls ?? []) calls.add(whole++, called, JSON.stringify(args ?? {}));
    if (chunk.usage_metadata) usage = added(usage, chunk.usage_metadata);
    if (isCut(chunk)) reason = "length";
  }
  for (const call of calls.finished(name)) yield { type: "tool-call", ...call };
  yield { type: "finish", reason, usage };
}

function withTools(
  name: string,
  model: LangChainChatModel,
  tools: ChatOptions["tools"],
  toolChoice: ChatOptions["toolChoice"],
): LangChainChatModel {
  if (!tools) return model;
  if (!model.bindTools) {
    throw new UnavailableError(`${name} takes no tools`, {
      hint: "use a model of LangChain's with bindTools",
      facts: { model: name, reason: "tools" },
    });
  }
  const functions = tools.map((tool) => ({ type: "function", function: tool }));
  const bound = model.bindTools(functions as never, (toolChoice === "required" ? { tool_choice: "required" } : undefined) as never);
  return bound as LangChainChatModel;
}

/** As LangChain takes messages that are not of its classes. */
function toLangChain(messages: readonly Message[]): object[] {
  return withCallIds(messages).map(({ message, callIds, answers }) => ({
    role: message.role,
    content: message.content,
    ...(callIds.length > 0 && {
      tool_calls: message.toolCalls!.map(({ name, arguments: args }, index) => ({ id: callIds[index], name, args, type: "tool_call" })),
    }),
    ...(answers !== undefined && { tool_call_id: answers }),
  }));
}

/** Each provider's integration says in its own way why an answer ended. */
const isCut = ({ response_metadata: { finish_reason, stop_reason } = {} }: MessageChunk): boolean =>
  [finish_reason, stop_reason].some((reason) => typeof reason === "string" && /^(?:length|max_tokens)$/i.test(reason));

const textOf = (content: MessageChunk["content"]): string =>
  typeof content === "string" ? content : (content ?? []).map(({ type, text }) => (type === "text" ? (text ?? "") : "")).join("");

/** Chunks bring what they add. */
const added = ({ promptTokens, cachedTokens, newTokens }: Usage, more: NonNullable<MessageChunk["usage_metadata"]>): Usage => ({
  promptTokens: promptTokens + (more.input_tokens ?? 0),
  cachedTokens: cachedTokens + (more.input_token_details?.cache_read ?? 0),
  newTokens: newTokens + (more.output_tokens ?? 0),
});
