/** A language model that reads bytes, knows nothing, and speaks ChatML, with a place for tools: enough of one for a server. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { GgufMetadata } from "../../kernel-helpers/checkpoints/index.ts";
import { toAlphabet } from "../../kernel-helpers/tokenizer/byte-alphabet.ts";
import { tinyE5File } from "../embeddings/tiny-e5.ts";
import { writeTinyModel } from "../llm/tiny-model.ts";

const bytes = Array.from({ length: 256 }, (_, byte) => toAlphabet(Uint8Array.of(byte)));
const template =
  "{% if tools %}{{ tools | tojson }}{% endif %}{% for message in messages %}<{{ message.role }}>{{ message.content }}" +
  "{% if message.tool_calls %}{% for call in message.tool_calls %}{{ call.function.name }}{{ call.function.arguments | tojson }}{% endfor %}{% endif %}\n{% endfor %}<assistant>";
const metadata: GgufMetadata = {
  "tokenizer.ggml.model": { type: "string", value: "gpt2" },
  "tokenizer.ggml.pre": { type: "string", value: "smollm" },
  "tokenizer.ggml.tokens": { type: "array", of: "string", value: bytes },
  "tokenizer.ggml.merges": { type: "array", of: "string", value: [] },
  "tokenizer.chat_template": { type: "string", value: template },
};

export const makeFolder = (): string => mkdtempSync(path.join(tmpdir(), "cairn-serve-"));

export const writeTinyChat = (folder: string, name: string = "tiny", seed: number = 1): Promise<string> =>
  writeTinyModel(folder, name, { vocabulary: 256, contextLength: 1024, seed, metadata });

export function writeTinyEncoder(folder: string): string {
  const file = path.join(folder, "encoder.bin");
  writeFileSync(file, tinyE5File());
  return file;
}

/** What JSON holds, unchecked. */
export type Json = ReturnType<typeof JSON.parse>;

/** Posts JSON, and returns the status with what came. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; json: Json; headers: Headers }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, json: await response.json(), headers: response.headers };
}
