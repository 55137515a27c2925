/** How a conversation about an image is written down: the same in training and in chat, or what was learnt is not what is asked. */
import { ChatTemplate } from "../../llm/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { EncodedQuestion } from "./rows.ts";

/** ChatML without the long system message that some templates of it put first: an image is cheap, and those tokens would be read with each. */
export const seeingTemplate: string =
  "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

const template = new ChatTemplate(seeingTemplate, { bos: "", eos: "" }, "the seeing model");
const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } } as const;

/** @returns The ids before the image, the same for all questions. */
export const idsBeforeImage = (tokenizer: Tokenizer): number[] => [...(parts(tokenizer, "")[0] as Uint32Array)];

/** A question after an image, and its answer with what ends the turn. */
export function encodeQuestion(tokenizer: Tokenizer, question: string, answer: string): EncodedQuestion {
  return {
    prompt: [...(parts(tokenizer, question)[2] as Uint32Array)],
    answer: [...tokenizer.encode(answer), tokenizer.specialTokens.get("<|im_end|>")!],
  };
}

const parts = (tokenizer: Tokenizer, text: string): ReturnType<ChatTemplate["encodeParts"]> =>
  template.encodeParts([{ role: "user", content: [image, { type: "text", text }] }], tokenizer);
