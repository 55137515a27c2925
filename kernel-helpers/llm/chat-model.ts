/** What a model for conversations is, whatever computes it: messages and tools go in, and a stream of parts comes out. */
import type { JsonSchema } from "./constrain/json-schema.ts";
import type { SamplingOptions } from "./sampler.ts";

export interface ToolCall {
  name: string;
  arguments: Record<string, unknown>;
}

export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string;
  /** Of an assistant's message: the functions that it called. Their results follow as messages of the role "tool". */
  toolCalls?: readonly ToolCall[];
}

/** A piece of a message, as OpenAI's API has it (platform.openai.com/docs/api-reference/chat). */
export type ContentPart = { type: "text"; text: string } | ImagePart;

export interface ImagePart {
  type: "image_url";
  image_url: {
    /** A data: URL, such as imagePart() of the room multimodal makes. Endpoints elsewhere take http addresses, too, and fetch them; nothing here does. */
    url: string;
    /** How closely an endpoint is to look. */
    detail?: "auto" | "low" | "high";
  };
}

/** A message that may show images, for models that see. */
export interface MultimodalMessage extends Omit<Message, "content"> {
  content: string | readonly ContentPart[];
}

/** A function that a model may call. */
export interface Tool {
  name: string;
  description?: string;
  /** JSON Schema of the arguments, an object. */
  parameters: JsonSchema;
}

export interface Usage {
  promptTokens: number;
  /** Of the prompt, those that were in the cache already. */
  cachedTokens: number;
  newTokens: number;
  /** With a draft: how many tokens it guessed. */
  draftTokens?: number;
  /** With a draft: how many of its guesses were right. */
  acceptedTokens?: number;
}

export interface TokenLogProb {
  id: number;
  /** The token made readable; bytes that are not a whole character appear as <0xE5>. */
  text: string;
  /** ln of the probability that the model gives it, before temperature, penalties and constraints. */
  logProb: number;
}

/**
 * What comes from a model: text as it grows, each token with `logProbs`, calls of tools, and at the end why it ended: `stop` where the model, a stop
 * string or a constraint ended it, `length` where maxNewTokens or the model's context did.
 */
export type Part =
  | { type: "text"; text: string }
  | ({ type: "token"; alternatives: readonly TokenLogProb[] } & TokenLogProb)
  | ({ type: "tool-call" } & ToolCall)
  | { type: "finish"; reason: "stop" | "length"; usage: Usage };

/** What every model for conversations understands. */
export interface ChatOptions extends SamplingOptions {
  /** Functions that the model may call. */
  tools?: readonly Tool[];
  /** `auto`: calls or text, as the model likes, and its calls as it writes them; `valid`: the same, but every call fits its tool's schema; `required`: a valid call. @default "auto" */
  toolChoice?: "auto" | "valid" | "required";
  /** JSON Schema that the whole answer fits. */
  schema?: JsonSchema;
  /** @default 256 */
  maxNewTokens?: number;
  /** Strings that end the text; they are not part of it. */
  stop?: readonly string[];
  /** Ends the generation; what has come stays. */
  signal?: AbortSignal;
}

export interface ChatModel {
  readonly name: string;
  chat(messages: readonly Message[], options?: ChatOptions): AsyncIterable<Part>;
}

/** A chat model that can be shown images. */
export interface MultimodalChatModel extends ChatModel {
  chat(messages: readonly MultimodalMessage[], options?: ChatOptions): AsyncIterable<Part>;
}
