/** A model of the AI SDK's providers as ours. */
import type { LanguageModelV3, LanguageModelV3StreamPart } from "@ai-sdk/provider";
import { FormatError } from "../errors.ts";
import type { ChatModel, ChatOptions, Message, Part, Usage } from "../llm/index.ts";
import { argumentError, isPlainObject } from "../runtime/check.ts";
import { toPrompt } from "./messages.ts";

/**
 * A model such as `openai('gpt-5-mini')` of @ai-sdk/openai for createAgent() and rag's answer(). `minP` and `repetitionPenalty` do not reach it.
 *
 * @throws {ArgumentError} It is not a model of the AI SDK 6 (LanguageModelV3).
 */
export function fromAiSdk(model: LanguageModelV3): ChatModel {
  if ((model as LanguageModelV3 | undefined)?.specificationVersion !== "v3" || typeof model.doStream !== "function")
    throw argumentError("model", "a model of the AI SDK (LanguageModelV3)", model, {
      hint: "such as openai('gpt-5-mini') of @ai-sdk/openai 3",
    });
  return { name: model.modelId, chat: (messages, options = {}) => read(model, messages, options) };
}

async function* read(model: LanguageModelV3, messages: readonly Message[], options: ChatOptions): AsyncGenerator<Part, void> {
  const { tools, toolChoice, schema, maxNewTokens = 256, stop, signal, temperature, topP, topK, seed } = options;
  signal?.throwIfAborted();
  const { stream } = await model.doStream({
    prompt: toPrompt(messages),
    maxOutputTokens: maxNewTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(seed !== undefined && { seed }),
    ...(stop && { stopSequences: [...stop] }),
    ...(tools && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: "function",
        name,
        ...(description !== undefined && { description }),
        inputSchema: parameters as object,
      })),
      toolChoice: { type: toolChoice === "required" ? "required" : "auto" },
    }),
    ...(schema !== undefined && { responseFormat: { type: "json", schema: schema as object } }),
    ...(signal && { abortSignal: signal }),
  });
  let finish: Part | undefined;
  for await (const part of stream as AsyncIterable<LanguageModelV3StreamPart>) {
    signal?.throwIfAborted();
    if (part.type === "text-delta" && part.delta !== "") yield { type: "text", text: part.delta };
    else if (part.type === "tool-call")
      yield { type: "tool-call", name: part.toolName, arguments: argumentsOf(model, part.toolName, part.input) };
    else if (part.type === "error") throw part.error;
    else if (part.type === "finish") {
      const { inputTokens, outputTokens } = part.usage;
      const usage: Usage = {
        promptTokens: inputTokens.total ?? 0,
        cachedTokens: inputTokens.cacheRead ?? 0,
        newTokens: outputTokens.total ?? 0,
      };
      finish = { type: "finish", reason: part.finishReason.unified === "length" ? "length" : "stop", usage };
    }
  }
  if (finish) yield finish;
}

function argumentsOf(model: LanguageModelV3, name: string, input: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(input === "" ? "{}" : input);
    if (isPlainObject(parsed)) return parsed;
  } catch {
    // said below
  }
  throw new FormatError(`${model.modelId}: the arguments of ${name} are not a JSON object`, {
    hint: "ask again: the model wrote a malformed call",
    facts: { tool: name, value: input },
  });
}
