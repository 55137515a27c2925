/** Conversations as the text that a model was tuned on: the Jinja template of its checkpoint (huggingface.co/docs/transformers/chat_templating). */
import { Template } from "@huggingface/jinja";
import { FormatError } from "../errors.ts";
import { anyOf } from "../runtime/any-of.ts";
import { argumentError, checkArray, checkBoolean, checkObject, checkOptions, checkText, isPlainObject } from "../runtime/check.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { ImagePart, Message, MultimodalMessage, Tool } from "./chat-model.ts";
import { checkContent, isImage, partsOf } from "./content.ts";

export interface RenderOptions {
  /** Whether the text ends where the assistant's answer begins. @default true */
  addGenerationPrompt?: boolean;
  /** Functions that the model may call; templates of models without tools leave them out. */
  tools?: readonly Tool[];
}

export class ChatTemplate {
  readonly source: string;
  readonly #template: Template;
  readonly #tokens: { bos: string; eos: string };

  /**
   * @param tokens What the template calls bos_token and eos_token.
   * @param file Named in errors.
   * @throws {FormatError} The template cannot be parsed.
   */
  constructor(source: string, tokens: { bos: string; eos: string }, file: string) {
    this.source = checkText("source", source);
    checkObject("tokens", tokens, { hint: 'pass { bos: "<s>", eos: "</s>" }' });
    checkText("tokens.bos", tokens.bos);
    checkText("tokens.eos", tokens.eos);
    checkText("file", file);
    this.#tokens = tokens;
    try {
      this.#template = new Template(source);
    } catch (cause) {
      throw new FormatError(`the chat template of ${file} cannot be parsed: ${(cause as Error).message}`, {
        hint: "take another file of the model, or format the prompt yourself",
        cause,
        facts: { file },
      });
    }
  }

  /** Whether the template has a place for tools. */
  get hasTools(): boolean {
    return /\btools\b/.test(this.source);
  }

  /** @throws {ArgumentError} A message without role or content, or one that the template refuses, such as two user messages in a row. */
  render(messages: readonly Message[], options: RenderOptions = {}): string {
    checkOptions("options", options, ["addGenerationPrompt", "tools"]);
    const { addGenerationPrompt = true, tools } = options;
    checkBoolean("addGenerationPrompt", addGenerationPrompt);
    if (tools !== undefined) checkArray("tools", tools, checkObject, { hint: "pass functions as JSON Schema describes them" });
    checkArray("messages", messages, checkMessage, { allowEmpty: false, hint: 'pass [{ role: "user", content: "…" }]' });
    try {
      return this.#template.render({
        messages: messages.map(({ toolCalls, ...message }) => ({
          ...message,
          ...(toolCalls && { tool_calls: toolCalls.map((call) => ({ type: "function", function: call })) }),
        })),
        add_generation_prompt: addGenerationPrompt,
        bos_token: this.#tokens.bos,
        eos_token: this.#tokens.eos,
        ...(tools && { tools: tools.map((tool) => ({ type: "function", function: tool })) }),
      });
    } catch (cause) {
      throw argumentError("messages", `what the model's chat template accepts (${(cause as Error).message})`, messages, {
        hint: "begin with system or user; then user and assistant take turns",
      });
    }
  }

  /**
   * The ids of a conversation. Special tokens are the template's alone: one that a message spells, such as <|im_end|>, stays text, so that what
   * users write cannot end their turn and begin another.
   */
  encode(messages: readonly Message[], tokenizer: Tokenizer, options: RenderOptions = {}): Uint32Array {
    checkArray("messages", messages, checkMessage, { allowEmpty: false, hint: 'pass [{ role: "user", content: "…" }]' });
    return Uint32Array.from(
      this.encodeParts(messages, tokenizer, options).flatMap((part) => (part instanceof Uint32Array ? [...part] : [])),
    );
  }

  /**
   * The ids of a conversation that may show images, cut where they stand: each before the text of its message, as models see them in training (LLaVA 1.5;
   * Liu et al. 2023, arXiv:2310.03744).
   */
  encodeParts(messages: readonly MultimodalMessage[], tokenizer: Tokenizer, options: RenderOptions = {}): (Uint32Array | ImagePart)[] {
    checkArray("messages", messages, checkMultimodal, { allowEmpty: false, hint: 'pass [{ role: "user", content: "…" }]' });
    const spelled: (string | ImagePart)[] = [];
    const keep = (one: string | ImagePart): string => `${mark}${spelled.push(one) - 1}${mark}`;
    const special = new RegExp(anyOf([mark, ...tokenizer.specialTokens.keys()]), "gu");
    const marked = <T>(given: T): T => mapTexts(given, (text) => text.replace(special, keep)) as T;
    const shown = messages.map(({ content, ...message }): Message => {
      const parts = partsOf(content);
      const texts = parts.map((part) => (isImage(part) ? "" : marked(part.text))).join("");
      return { ...marked(message), content: parts.filter(isImage).map(keep).join("") + texts };
    });
    const prompt = this.render(shown, options.tools === undefined ? options : { ...options, tools: marked(options.tools) });
    const parts = prompt.split(new RegExp(`${mark}(\\d+)${mark}`, "u"));
    const result: (number[] | ImagePart)[] = [];
    for (const [index, part] of parts.entries()) {
      const one = index % 2 === 0 ? part : spelled[Number(part)]!;
      if (typeof one !== "string") {
        result.push(one);
        continue;
      }
      const ids = tokenizer.encode(one, { allowSpecial: index % 2 === 0 });
      const last = result.at(-1);
      if (Array.isArray(last)) last.push(...ids);
      else result.push([...ids]);
    }
    return result.map((one) => (Array.isArray(one) ? Uint32Array.from(one) : one));
  }
}

/** Stands for a special token that a message spells, while the template is filled in: a character for private use. */
const mark = "\uF8FF";

/** The same value with other texts, wherever in it they are. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapTexts(item, change)]));
}

const roles: readonly unknown[] = ["system", "user", "assistant", "tool"];

function checkMessage(name: string, message: unknown): Message {
  const { content } = checkObject(name, message, { hint: 'pass { role: "user", content: "…" }' });
  checkMultimodal(name, message);
  checkText(`${name}.content`, content);
  return message as Message;
}

function checkMultimodal(name: string, message: unknown): MultimodalMessage {
  const { role, content, toolCalls } = checkObject(name, message, { hint: 'pass { role: "user", content: "…" }' });
  if (!roles.includes(role)) throw argumentError(`${name}.role`, `one of ${roles.map((one) => JSON.stringify(one)).join(", ")}`, role);
  checkContent(`${name}.content`, role, content);
  if (toolCalls !== undefined) {
    checkArray(`${name}.toolCalls`, toolCalls, (at, call) => {
      const { name: called, arguments: given } = checkObject(at, call, { hint: "pass { name, arguments }" });
      checkText(`${at}.name`, called, { allowEmpty: false });
      checkObject(`${at}.arguments`, given);
    });
  }
  return message as unknown as MultimodalMessage;
}
