/** Our models and tools for the AI SDK (ai-sdk.dev): a LanguageModelV3, which generateText, streamText and its agents take, and a tool set. */
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3Warning,
} from "@ai-sdk/provider";
import { jsonSchema, tool, type Tool } from "ai";
import { AgentTool } from "../agents/index.ts";
import type { ChatModel, ChatOptions, Part, Usage } from "../llm/index.ts";
import { argumentError, checkArray, checkInstance } from "../runtime/check.ts";
import { fromPrompt } from "./messages.ts";

/**
 * A model of ours, such as a LanguageModel, as a model of the AI SDK. What its tools are called with fits their schemas, where our model can be constrained.
 *
 * @example
 * const { text } = await generateText({ model: toAiSdkModel(model), prompt: 'Hello', tools: toAiSdkTools([calculator()]), stopWhen: stepCountIs(5) })
 */
export function toAiSdkModel(model: ChatModel): LanguageModelV3 {
  if (typeof (model as ChatModel | undefined)?.chat !== "function")
    throw argumentError("model", "a model for conversations", model, { hint: "pass a LanguageModel, or openAiCompatible(…)" });
  return {
    specificationVersion: "v3",
    provider: "cairn",
    modelId: model.name,
    supportedUrls: {},
    async doGenerate(options) {
      const { asked, warnings } = fromCallOptions(options);
      const content: LanguageModelV3Content[] = [];
      let end: Extract<Part, { type: "finish" }> | undefined;
      for await (const part of model.chat(fromPrompt(options.prompt), asked)) {
        const last = content.at(-1);
        if (part.type === "text" && last?.type === "text") last.text += part.text;
        else if (part.type === "text") content.push({ type: "text", text: part.text });
        else if (part.type === "tool-call") content.push(toToolCall(part));
        else if (part.type === "finish") end = part;
      }
      options.abortSignal?.throwIfAborted();
      const hasCalls = content.some(({ type }) => type === "tool-call");
      return { content, finishReason: toFinishReason(end?.reason, hasCalls), usage: toUsage(end?.usage), warnings };
    },
    async doStream(options) {
      const { asked, warnings } = fromCallOptions(options);
      const parts = streamParts(model.chat(fromPrompt(options.prompt), asked), warnings, options.abortSignal);
      return { stream: ReadableStream.from(parts) as ReadableStream<LanguageModelV3StreamPart> };
    },
  };
}

async function* streamParts(
  parts: AsyncIterable<Part>,
  warnings: SharedV3Warning[],
  signal: AbortSignal | undefined,
): AsyncGenerator<LanguageModelV3StreamPart, void> {
  yield { type: "stream-start", warnings };
  let texts = 0;
  let isOpen = false;
  let hasCalls = false;
  let end: Extract<Part, { type: "finish" }> | undefined;
  try {
    for await (const part of parts) {
      if (part.type === "text") {
        if (!isOpen) yield { type: "text-start", id: String(++texts) };
        isOpen = true;
        yield { type: "text-delta", id: String(texts), delta: part.text };
      } else if (part.type === "tool-call") {
        if (isOpen) yield { type: "text-end", id: String(texts) };
        [isOpen, hasCalls] = [false, true];
        const call = toToolCall(part);
        const { toolCallId: id, toolName, input } = call;
        yield { type: "tool-input-start", id, toolName };
        yield { type: "tool-input-delta", id, delta: input };
        yield { type: "tool-input-end", id };
        yield call;
      } else if (part.type === "finish") end = part;
    }
    signal?.throwIfAborted();
  } catch (error) {
    signal?.throwIfAborted();
    yield { type: "error", error };
  }
  if (isOpen) yield { type: "text-end", id: String(texts) };
  yield { type: "finish", finishReason: toFinishReason(end?.reason, hasCalls), usage: toUsage(end?.usage) };
}

function fromCallOptions(options: LanguageModelV3CallOptions): { asked: ChatOptions; warnings: SharedV3Warning[] } {
  const {
    maxOutputTokens,
    temperature,
    topP,
    topK,
    seed,
    stopSequences,
    responseFormat,
    toolChoice = { type: "auto" },
    abortSignal,
  } = options;
  const warnings: SharedV3Warning[] = (["presencePenalty", "frequencyPenalty"] as const)
    .filter((feature) => options[feature] !== undefined)
    .map((feature) => ({ type: "unsupported", feature }));
  const functions = (options.tools ?? []).flatMap((one) => {
    if (one.type === "function")
      return [
        {
          name: one.name,
          ...(one.description !== undefined && { description: one.description }),
          parameters: one.inputSchema as Record<string, unknown>,
        },
      ];
    warnings.push({ type: "unsupported", feature: `provider-defined tool ${one.id}` });
    return [];
  });
  const tools =
    toolChoice.type === "none" ? [] : toolChoice.type === "tool" ? functions.filter(({ name }) => name === toolChoice.toolName) : functions;
  const schema = responseFormat?.type === "json" ? ((responseFormat.schema ?? { type: "object" }) as Record<string, unknown>) : undefined;
  const asked: ChatOptions = {
    ...(maxOutputTokens !== undefined && { maxNewTokens: maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(seed !== undefined && { seed }),
    ...(stopSequences && stopSequences.length > 0 && { stop: stopSequences }),
    ...(tools.length > 0 && { tools, toolChoice: toolChoice.type === "auto" ? "valid" : "required" }),
    ...(tools.length === 0 && schema && { schema }),
    ...(abortSignal && { signal: abortSignal }),
  };
  return { asked, warnings };
}

let calls = 0;
const toToolCall = ({ name, arguments: given }: Extract<Part, { type: "tool-call" }>) => ({
  type: "tool-call" as const,
  toolCallId: `call_${++calls}`, // one of its kind in this process, which is all that the SDK needs
  toolName: name,
  input: JSON.stringify(given),
});

function toFinishReason(reason: "stop" | "length" | undefined, hasCalls: boolean): LanguageModelV3FinishReason {
  if (reason === undefined) return { unified: "other", raw: undefined };
  return { unified: reason === "length" ? "length" : hasCalls ? "tool-calls" : "stop", raw: reason };
}

const toUsage = (usage: Usage | undefined): LanguageModelV3Usage => ({
  inputTokens: {
    total: usage?.promptTokens,
    noCache: usage && usage.promptTokens - usage.cachedTokens,
    cacheRead: usage?.cachedTokens,
    cacheWrite: undefined,
  },
  outputTokens: { total: usage?.newTokens, text: usage?.newTokens, reasoning: undefined },
});

/** Tools as a tool set of the AI SDK. What fails there is thrown, as the SDK has it; a tool that needs approval asks for it by the SDK's ways. */
export function toAiSdkTools(tools: readonly AgentTool[]): Record<string, Tool> {
  checkArray("tools", tools, (at, one) =>
    checkInstance(at, one, AgentTool, { expected: "a tool", hint: "make it with defineTool({ … })" }),
  );
  return Object.fromEntries(
    tools.map((one) => [
      one.name,
      tool({
        description: one.description,
        inputSchema: jsonSchema<Record<string, unknown>>(one.parameters as object),
        needsApproval: (input) => one.needsApproval(input),
        async execute(input, { abortSignal }) {
          const { content, error } = await one.call(input, { signal: abortSignal });
          if (error !== undefined) throw new Error(content.replace(/^error: /, ""));
          return content;
        },
      }) as Tool,
    ]),
  );
}
