/** Our models and tools for LangChain.js: a BaseChatModel, and tools that its agents take. fromLangChain() of the room llm is the way back. */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import { BaseChatModel, type BaseChatModelCallOptions, type BindToolsInput } from "@langchain/core/language_models/chat_models";
import { AIMessageChunk, type AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { tool, type StructuredToolInterface } from "@langchain/core/tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { AgentTool } from "../agents/index.ts";
import { ArgumentError } from "../errors.ts";
import type { ChatModel, ChatOptions, Message, Part, SamplingOptions, Tool } from "../llm/index.ts";
import { argumentError, checkArray, checkInstance, checkInteger, checkObject, checkOptions } from "../runtime/check.ts";

export interface LangChainModelOptions {
  /** How the model samples. @default { temperature: 0 } */
  sampling?: SamplingOptions;
  /** @default 256 */
  maxNewTokens?: number;
}

interface CallOptions extends BaseChatModelCallOptions {
  /** As OpenAI has them; bindTools() sets them. */
  tools?: { type: "function"; function: Tool }[];
}

class ChatModelAdapter extends BaseChatModel<CallOptions> {
  readonly #model: ChatModel;
  readonly #options: Required<LangChainModelOptions>;

  constructor(model: ChatModel, options: Required<LangChainModelOptions>) {
    super({});
    this.#model = model;
    this.#options = options;
  }

  static override lc_name(): string {
    return "CairnChatModel";
  }

  override _llmType(): string {
    return "cairn";
  }

  override getLsParams(): { ls_provider: string; ls_model_name: string; ls_model_type: "chat" } {
    return { ls_provider: "cairn", ls_model_name: this.#model.name, ls_model_type: "chat" };
  }

  override bindTools(
    tools: BindToolsInput[],
    options: Partial<CallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, CallOptions> {
    return this.withConfig({ tools: tools.map((one) => convertToOpenAITool(one as never)), ...options } as Partial<CallOptions>);
  }

  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    let whole: ChatGenerationChunk | undefined;
    for await (const chunk of this._streamResponseChunks(messages, options, run)) whole = whole ? whole.concat(chunk) : chunk;
    const message = whole!.message as AIMessageChunk;
    return { generations: [{ text: whole!.text, message }], llmOutput: { tokenUsage: message.usage_metadata } };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { tools = [], tool_choice: choice, stop, signal } = options;
    const chosen =
      choice === "none"
        ? []
        : typeof choice === "string" && tools.some((one) => one.function.name === choice)
          ? tools.filter((one) => one.function.name === choice)
          : tools;
    const asked: ChatOptions = {
      ...this.#options.sampling,
      maxNewTokens: this.#options.maxNewTokens,
      ...(chosen.length > 0 && {
        tools: chosen.map((one) => one.function),
        toolChoice: choice === undefined || choice === "auto" ? "valid" : "required",
      }),
      ...(stop && stop.length > 0 && { stop }),
      ...(signal && { signal }),
    };
    let index = 0;
    for await (const part of this.#model.chat(fromLangChainMessages(messages), asked)) {
      const chunk = toChunk(part, index);
      if (part.type === "tool-call") index++;
      if (!chunk) continue;
      yield chunk;
      await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
    signal?.throwIfAborted();
  }
}

/**
 * A model of ours, such as a LanguageModel, as a chat model of LangChain: invoke(), stream(), batch(), bindTools() and withStructuredOutput() are what they are there.
 *
 * @example
 * const agent = createAgent({ model: toLangChainModel(model), tools: toLangChainTools([calculator()]) }) // of the package langchain
 */
export function toLangChainModel(model: ChatModel, options: LangChainModelOptions = {}): BaseChatModel {
  if (typeof (model as ChatModel | undefined)?.chat !== "function")
    throw argumentError("model", "a model for conversations", model, { hint: "pass a LanguageModel, or openAiCompatible(…)" });
  checkOptions("options", options, ["sampling", "maxNewTokens"]);
  const sampling = checkObject("sampling", options.sampling ?? { temperature: 0 }) as SamplingOptions;
  return new ChatModelAdapter(model, { sampling, maxNewTokens: checkInteger("maxNewTokens", options.maxNewTokens ?? 256, { min: 1 }) });
}

/** Tools as LangChain's. A failure is text that the model reads, as ours are; approval is for LangChain's own means, so a tool that needs it is refused. */
export function toLangChainTools(tools: readonly AgentTool[]): StructuredToolInterface[] {
  checkArray("tools", tools, (at, one) =>
    checkInstance(at, one, AgentTool, { expected: "a tool", hint: "make it with defineTool({ … })" }),
  );
  return tools.map((one) =>
    tool(
      async (input: Record<string, unknown>, config?: { signal?: AbortSignal }) => {
        if (await one.needsApproval(input)) return `error: ${one.name} needs a person's approval, which cannot be asked for here`;
        return (await one.call(input, { signal: config?.signal })).content;
      },
      { name: one.name, description: one.description, schema: one.parameters as never },
    ),
  ) as StructuredToolInterface[];
}

let count = 0;
function toChunk(part: Part, index: number): ChatGenerationChunk | undefined {
  if (part.type === "text") return new ChatGenerationChunk({ text: part.text, message: new AIMessageChunk({ content: part.text }) });
  if (part.type === "tool-call") {
    const piece = { type: "tool_call_chunk" as const, name: part.name, args: JSON.stringify(part.arguments), id: `call_${++count}`, index };
    return new ChatGenerationChunk({ text: "", message: new AIMessageChunk({ content: "", tool_call_chunks: [piece] }) });
  }
  if (part.type !== "finish") return undefined;
  const { promptTokens, cachedTokens, newTokens } = part.usage;
  const usage_metadata = {
    input_tokens: promptTokens,
    output_tokens: newTokens,
    total_tokens: promptTokens + newTokens,
    input_token_details: { cache_read: cachedTokens },
  };
  const message = new AIMessageChunk({
    content: "",
    usage_metadata,
    response_metadata: { finish_reason: index > 0 ? "tool_calls" : part.reason, model_provider: "cairn" },
  });
  return new ChatGenerationChunk({ text: "", message });
}

/** @throws {ArgumentError} A message with more than text. */
function fromLangChainMessages(messages: readonly BaseMessage[]): Message[] {
  const result: Message[] = [];
  let waiting: (string | undefined)[] = [];
  /** Results of the last turn, until the next one begins. */
  let results: ToolMessage[] = [];
  const flush = (): void => {
    const place = ({ tool_call_id: id }: ToolMessage): number => (waiting.includes(id) ? waiting.indexOf(id) : waiting.length);
    for (const message of results.toSorted((one, other) => place(one) - place(other)))
      result.push({ role: "tool", content: textOf(message) });
    results = [];
  };
  for (const message of messages) {
    if (ToolMessage.isInstance(message)) {
      results.push(message);
      continue;
    }
    flush();
    const type = message.getType();
    const content = textOf(message);
    if (type === "system" || type === "developer") result.push({ role: "system", content });
    else if (type === "human") result.push({ role: "user", content });
    else if (type === "ai") {
      const calls = (message as AIMessage).tool_calls ?? [];
      waiting = calls.map(({ id }) => id);
      result.push({
        role: "assistant",
        content,
        ...(calls.length > 0 && { toolCalls: calls.map(({ name, args }) => ({ name, arguments: args })) }),
      });
    } else
      throw new ArgumentError(`messages has one of type ${type}`, {
        hint: "pass system, human, ai and tool messages",
        facts: { argument: "messages", value: type },
      });
  }
  flush();
  return result;
}

function textOf({ content }: BaseMessage): string {
  if (typeof content === "string") return content;
  return content
    .map((block) => {
      if (block.type === "text") return (block as { text: string }).text;
      if (block.type === "reasoning" || block.type === "tool_call" || block.type === "tool_use") return "";
      throw new ArgumentError(`messages has a block of type ${block.type}`, {
        hint: "this model reads text alone",
        facts: { argument: "messages", value: block.type },
      });
    })
    .join("");
}
