/** Requests as our models take them. */
import { randomInt } from "node:crypto";
import type { ChatGenerationOptions, JsonSchema, Message, Tool, ToolCall } from "../../llm/index.ts";
import { isPlainObject } from "../../runtime/check.ts";
import { invalid } from "../api-error.ts";

type Content = string | readonly { text: string }[] | null | undefined;

interface GivenCall {
  function: { name: string; arguments: string };
}

export interface GivenMessage {
  role: "system" | "developer" | "user" | "assistant" | "tool";
  content?: Content;
  tool_calls?: readonly GivenCall[];
}

export interface GivenTool {
  name: string;
  description?: string | null;
  parameters?: JsonSchema;
}

/** What chat completions, completions and responses have in common. */
export interface GivenSampling {
  model: string;
  temperature?: number | null;
  top_p?: number | null;
  top_k?: number | null;
  min_p?: number | null;
  repetition_penalty?: number | null;
  seed?: number | null;
  stop?: string | readonly string[] | null;
  n?: number | null;
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean } | null;
}

export type GivenFormat = { type: "text" | "json_object" } | { type: "json_schema"; schema: JsonSchema };

export const textOf = (content: Content): string =>
  typeof content === "string" ? content : (content ?? []).map(({ text }) => text).join("");

export function toMessages(given: readonly GivenMessage[]): Message[] {
  return given.map(({ role, content, tool_calls: calls }, index) => {
    const text = textOf(content);
    if (!calls || calls.length === 0) {
      if (content == null) throw invalid(`messages[${index}] has no content`, `messages.${index}.content`);
      return { role: role === "developer" ? "system" : role, content: text };
    }
    if (role !== "assistant") throw invalid("Only an assistant's message has tool_calls", `messages.${index}.tool_calls`);
    const toolCalls = calls.map((call, at) => toCall(call, `messages.${index}.tool_calls.${at}`));
    return { role, content: text, toolCalls };
  });
}

function toCall({ function: { name, arguments: written } }: GivenCall, param: string): ToolCall {
  try {
    const given: unknown = JSON.parse(written);
    if (isPlainObject(given)) return { name, arguments: given };
  } catch {
    // said below
  }
  throw invalid("The arguments of a call must be a JSON object", `${param}.function.arguments`);
}

/** Options of the n-th answer: each has a seed of its own, and where none is given, another one each time. */
export function toOptions(
  given: GivenSampling,
  maxNewTokens: number | null | undefined,
  most: number,
): (index: number) => ChatGenerationOptions {
  const { temperature, top_p: topP, top_k: topK, min_p: minP, repetition_penalty: repetitionPenalty, stop } = given;
  const seed = given.seed ?? randomInt(2 ** 31);
  return (index) => ({
    temperature: temperature ?? 1,
    ...(topP != null && { topP }),
    ...(topK != null && { topK }),
    ...(minP != null && { minP }),
    ...(repetitionPenalty != null && { repetitionPenalty }),
    ...(stop != null && { stop: typeof stop === "string" ? [stop] : stop }),
    seed: Math.min(seed + index, 2 ** 53 - 1),
    maxNewTokens: Math.min(maxNewTokens ?? most, most),
  });
}

export function toFormat(format: GivenFormat | undefined): { schema?: JsonSchema } {
  if (!format || format.type === "text") return {};
  return { schema: "schema" in format ? format.schema : { type: "object" } };
}

type GivenChoice = "none" | "auto" | "required" | { name: string } | undefined;

/** What the model writes as a call always fits the tool's schema. */
export function toTools(given: readonly GivenTool[] | undefined, choice: GivenChoice): Pick<ChatGenerationOptions, "tools" | "toolChoice"> {
  const tools = (given ?? []).map(({ name, description, parameters }): Tool => {
    const described = { name, parameters: parameters ?? { type: "object", properties: {} } };
    return description == null ? described : { ...described, description };
  });
  if (tools.length === 0) {
    if (choice === undefined || choice === "none" || choice === "auto") return {};
    throw invalid("tool_choice asks for a call, and there are no tools", "tool_choice");
  }
  if (choice === "none") return {};
  if (choice === undefined || choice === "auto") return { tools, toolChoice: "valid" };
  if (choice === "required") return { tools, toolChoice: "required" };
  const named = tools.filter(({ name }) => name === choice.name);
  if (named.length === 0) throw invalid(`There is no tool \`${choice.name}\``, "tool_choice");
  return { tools: named, toolChoice: "required" };
}
