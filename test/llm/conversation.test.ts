/** Conversations with a model of one layer that reads bytes and looks back on 64 of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GgufMetadata } from "../../kernel-helpers/checkpoints/index.ts";
import { Conversation } from "../../kernel-helpers/llm/conversation.ts";
import { LanguageModel } from "../../kernel-helpers/llm/index.ts";
import { toAlphabet } from "../../kernel-helpers/tokenizer/byte-alphabet.ts";
import { writeTinyModel } from "./tiny-model.ts";

const bytes = Array.from({ length: 256 }, (_, byte) => toAlphabet(Uint8Array.of(byte)));
const tokenizer: GgufMetadata = {
  "tokenizer.ggml.model": { type: "string", value: "gpt2" },
  "tokenizer.ggml.pre": { type: "string", value: "smollm" },
  "tokenizer.ggml.tokens": { type: "array", of: "string", value: bytes },
  "tokenizer.ggml.merges": { type: "array", of: "string", value: [] },
};
const template = "{% for message in messages %}{{ message.content }}\n{% endfor %}";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-conversation-"));
const signal = new AbortController().signal;
const ignore = (): void => undefined;
let chatty: LanguageModel;
let base: LanguageModel;
beforeAll(async () => {
  const options = { vocabulary: 256, contextLength: 64 };
  const withTemplate: GgufMetadata = { ...tokenizer, "tokenizer.chat_template": { type: "string", value: template } };
  chatty = await LanguageModel.load(await writeTinyModel(folder, "chatty", { ...options, metadata: withTemplate }));
  base = await LanguageModel.load(await writeTinyModel(folder, "base", { ...options, metadata: tokenizer }));
});
afterAll(async () => {
  await Promise.all([chatty.close(), base.close()]);
  rmSync(folder, { recursive: true });
});

test("what no longer fits is forgotten from the beginning, question and answer together, but not the system message", async () => {
  const talk = new Conversation(chatty, 8);
  talk.reset("system");
  const forgotten: number[] = [];
  for (const question of ["question 1", "question 2", "question 3", "question 4"])
    forgotten.push((await talk.ask(question, signal, ignore)).forgotten);
  expect(forgotten[0]).toBe(0);
  expect(forgotten.reduce((sum, count) => sum + count)).toBeGreaterThan(0);
  expect(forgotten.every((count) => count % 2 === 0)).toBe(true);
  expect(talk.messages[0]).toEqual({ role: "system", content: "system" });
  expect(talk.messages.at(-2)).toEqual({ role: "user", content: "question 4" });
  await expect(talk.ask("x".repeat(70), signal, ignore)).rejects.toThrow("prompt must be shorter than 64 tokens, got 78");
  expect(talk.messages.at(-2)).toEqual({ role: "user", content: "question 4" });
});

test("an answer comes in pieces, is cut off at its length, and ends with a signal", async () => {
  const talk = new Conversation(chatty, 8);
  let text = "";
  const answer = await talk.ask("question", signal, (piece) => (text += piece));
  expect(answer).toMatchObject({ text, reason: "length", newTokens: 8 });
  const controller = new AbortController();
  const stopped = await talk.ask("more", controller.signal, () => controller.abort());
  expect(stopped.reason).toBe("interrupted");
  expect(talk.messages.at(-1)).toEqual({ role: "assistant", content: stopped.text });
  talk.reset();
  expect(talk.messages).toEqual([]);
});

test("a model without a chat template goes on with the text", async () => {
  expect(await new Conversation(base, 4).ask("Once upon", signal, ignore)).toMatchObject({ newTokens: 4, reason: "length", forgotten: 0 });
});
