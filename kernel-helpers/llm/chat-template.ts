/** Conversations as the text that a model was tuned on: the Jinja template of its checkpoint (huggingface.co/docs/transformers/chat_templating). */
import { Template } from "@huggingface/jinja";
import { FormatError } from "../errors.ts";
import { anyOf } from "../runtime/any-of.ts";
import { argumentError, checkArray, checkBoolean, checkObject, checkOptions, checkText } from "../runtime/check.ts";
import type { BpeTokenizer } from "../tokenizer/index.ts";
import type { Message } from "./chat-model.ts";

export interface RenderOptions {
  /** Whether the text ends where the assistant's answer begins. @default true */
  addGenerationPrompt?: boolean;
  /** Functions that the model may call, as JSON Schema describes them; templates of models without tools leave them out. */
  tools?: readonly object[];
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

  /** @throws {ArgumentError} A message without role or content, or one that the template refuses, such as two user messages in a row. */
  render(messages: readonly Message[], options: RenderOptions = {}): string {
    checkOptions("options", options, ["addGenerationPrompt", "tools"]);
    const { addGenerationPrompt = true, tools } = options;
    checkBoolean("addGenerationPrompt", addGenerationPrompt);
    if (tools !== undefined) checkArray("tools", tools, checkObject, { hint: "pass functions as JSON Schema describes them" });
    checkArray("messages", messages, checkMessage, { allowEmpty: false, hint: 'pass [{ role: "user", content: "…" }]' });
    try {
      return this.#template.render({
        messages,
        add_generation_prompt: addGenerationPrompt,
        bos_token: this.#tokens.bos,
        eos_token: this.#tokens.eos,
        ...(tools && { tools }),
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
  encode(messages: readonly Message[], tokenizer: BpeTokenizer, options: RenderOptions = {}): Uint32Array {
    checkArray("messages", messages, checkMessage, { allowEmpty: false, hint: 'pass [{ role: "user", content: "…" }]' });
    const spelled: string[] = [];
    const special = new RegExp(anyOf([mark, ...tokenizer.specialTokens.keys()]), "gu");
    const marked = messages.map((message) => ({
      ...message,
      content: message.content.replace(special, (token) => `${mark}${spelled.push(token) - 1}${mark}`),
    }));
    const parts = this.render(marked, options).split(new RegExp(`${mark}(\\d+)${mark}`, "u"));
    return Uint32Array.from(
      parts.flatMap((part, index) =>
        index % 2 === 0 ? [...tokenizer.encode(part, { allowSpecial: true })] : [...tokenizer.encode(spelled[Number(part)]!)],
      ),
    );
  }
}

/** Stands for a special token that a message spells, while the template is filled in: a character for private use. */
const mark = "\uF8FF";

const roles: readonly unknown[] = ["system", "user", "assistant", "tool"];

function checkMessage(name: string, message: unknown): Message {
  const { role, content } = checkObject(name, message, { hint: 'pass { role: "user", content: "…" }' });
  if (!roles.includes(role)) throw argumentError(`${name}.role`, `one of ${roles.map((one) => JSON.stringify(one)).join(", ")}`, role);
  checkText(`${name}.content`, content);
  return message as Message;
}
