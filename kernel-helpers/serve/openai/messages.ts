/** Requests as our models take them. */
import { randomInt } from "node:crypto";
import type { ChatGenerationOptions, ContentPart, JsonSchema, MultimodalMessage, Tool, ToolCall } from "../../llm/index.ts";
import { isPlainObject } from "../../runtime/check.ts";
import { invalid } from "../api-error.ts";

/** A piece of a message: text, or an image as chat completions have it, or as responses do. */
export type GivenPart =
  | { type: "text" | "input_text" | "output_text"; text: string }
  | { type: "image_url"; image_url: { url: string } }
  | { type: "input_image"; image_url: string };

type Content = string | readonly GivenPart[] | null | undefined;

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

/** Images that a request may show. */
const mostImages = 16;

function toContent(content: Content, role: GivenMessage["role"], param: string): string | ContentPart[] {
  if (content == null || typeof content === "string") return content ?? "";
  if (content.every((part) => "text" in part)) return content.map(({ text }) => text).join("");
  if (role !== "user") throw invalid("Only a user's message shows images", param);
  return content.map((part, at): ContentPart => {
    if ("text" in part) return { type: "text", text: part.text };
    const url = typeof part.image_url === "string" ? part.image_url : part.image_url.url;
    if (/^data:/i.test(url)) return { type: "image_url", image_url: { url } };
    throw invalid("An image is given as a data: URL; this server fetches no addresses", `${param}.${at}.image_url`);
  });
}

export function toMessages(given: readonly GivenMessage[]): MultimodalMessage[] {
  const images = given.flatMap(({ content }) =>
    Array.isArray(content) ? (content as GivenPart[]).filter((part) => !("text" in part)) : [],
  );
  if (images.length > mostImages) throw invalid(`A request may show ${mostImages} images, and this one has ${images.length}`, "messages");
  return given.map(({ role, content, tool_calls: calls }, index): MultimodalMessage => {
    const text = toContent(content, role, `messages.${index}.content`);
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
