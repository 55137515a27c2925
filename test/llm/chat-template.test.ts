import { describe, expect, test } from "vitest";
import { ChatTemplate } from "../../kernel-helpers/llm/index.ts";

const source =
  "{% for message in messages %}{{ message.role }}: {{ message.content }}{% endfor %}{% if add_generation_prompt %}>{% endif %}";
const template = new ChatTemplate(source, { bos: "<s>", eos: "</s>" }, "model.gguf");

test("a conversation is what the template makes of it", () => {
  expect(template.render([{ role: "user", content: "{{ 1 + 1 }}" }])).toBe("user: {{ 1 + 1 }}>"); // what a message says is not a template
  expect(template.render([{ role: "user", content: "a" }], { addGenerationPrompt: false })).toBe("user: a");
});

describe("what is refused", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["a template that is not text", () => new ChatTemplate(null as never, { bos: "", eos: "" }, "f"), /source must be a string, got null/],
    ["tokens that are not tokens", () => new ChatTemplate("", null as never, "f"), /tokens must be a plain object, got null/],
    ["a token that is not text", () => new ChatTemplate("", { bos: 1 as never, eos: "" }, "f"), /tokens.bos must be a string, got 1/],
    [
      "options that are not an object",
      () => template.render([{ role: "user", content: "" }], null as never),
      /options must be a plain object, got null/,
    ],
    [
      "an unknown option",
      () => template.render([{ role: "user", content: "" }], { addGenerationPromt: true } as never),
      /did you mean "addGenerationPrompt"/,
    ],
    [
      "tools that are not tools",
      () => template.render([{ role: "user", content: "" }], { tools: {} as never }),
      /tools must be an array, got {}/,
    ],
    ["no messages", () => template.render([]), /messages must be an array that is not empty/],
  ])("%s", (_, act, message) => expect(act).toThrow(message));
});
