/** What a checkpoint says about text beside its weights: the tokenizer, the chat template, and the tokens that end an answer. */
import { existsSync } from "node:fs";
import path from "node:path";
import { openGguf } from "../checkpoints/index.ts";
import { isPlainObject } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { readUtf8 } from "../runtime/text-file.ts";
import { loadTokenizer, tokenizerFromGguf, type Tokenizer } from "../tokenizer/index.ts";
import { ChatTemplate } from "./chat-template.ts";

export interface ModelText {
  tokenizer: Tokenizer;
  /** undefined where the checkpoint has none. */
  chatTemplate: ChatTemplate | undefined;
  endIds: ReadonlySet<number>;
}

/** Tokens that end a message or a text, whatever else a file names: many name only one of the two. */
const endTokens = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<end_of_turn>", "</s>"];

/**
 * @param place A .gguf file, or a folder with tokenizer.json and what else the hub puts beside it.
 * @param name Named in errors about the template.
 */
export async function readModelText(place: string, name: string): Promise<ModelText> {
  return place.endsWith(".gguf") ? fromGguf(place, name) : fromFolder(place, name);
}

function fromGguf(place: string, name: string): ModelText {
  using file = openGguf(place);
  const tokenizer = tokenizerFromGguf(file);
  const id = (key: string): number => file.number(`tokenizer.ggml.${key}_token_id`, -1);
  const token = (key: string): string => (id(key) < 0 ? "" : (file.list("tokenizer.ggml.tokens")[id(key)] as string));
  const template = file.text("tokenizer.chat_template", "");
  return {
    tokenizer,
    chatTemplate: template === "" ? undefined : new ChatTemplate(template, { bos: token("bos"), eos: token("eos") }, name),
    endIds: endIdsOf(tokenizer, [id("eos"), id("eot"), id("eom")]),
  };
}

async function fromFolder(folder: string, name: string): Promise<ModelText> {
  const tokenizer = await loadTokenizer(path.join(folder, "tokenizer.json"));
  const [settings, generation, config] = await Promise.all(
    ["tokenizer_config.json", "generation_config.json", "config.json"].map((file) => readObject(path.join(folder, file))),
  );
  const template = await readTemplate(folder, settings!["chat_template"]);
  const tokens = { bos: tokenText(settings!["bos_token"]), eos: tokenText(settings!["eos_token"]) };
  const ends = generation!["eos_token_id"] ?? config!["eos_token_id"] ?? []; // one id or several
  return {
    tokenizer,
    chatTemplate: template === undefined ? undefined : new ChatTemplate(template, tokens, name),
    endIds: endIdsOf(tokenizer, [ends, tokenizer.specialTokens.get(tokens.eos)].flat()),
  };
}

/** Of the ids that a file names, those that there are, and the tokens that end texts by their names. */
function endIdsOf(tokenizer: Tokenizer, named: readonly unknown[]): ReadonlySet<number> {
  const ids = [...named, ...endTokens.map((token) => tokenizer.specialTokens.get(token))];
  return new Set(ids.filter((id): id is number => typeof id === "number" && id >= 0));
}

/** {} where there is no such file: all of them may be missing. */
async function readObject(file: string): Promise<Record<string, unknown>> {
  const content = existsSync(file) ? parseJson(await readUtf8(file), { file }) : {};
  return isPlainObject(content) ? content : {};
}

/** From a file of its own, or from tokenizer_config.json: one template, or several with names, of which "default" is for conversations. */
async function readTemplate(folder: string, setting: unknown): Promise<string | undefined> {
  const file = path.join(folder, "chat_template.jinja");
  if (existsSync(file)) return readUtf8(file);
  if (!Array.isArray(setting)) return typeof setting === "string" ? setting : undefined;
  const named = (setting as unknown[]).find((one) => isPlainObject(one) && one["name"] === "default");
  return isPlainObject(named) && typeof named["template"] === "string" ? named["template"] : undefined;
}

/** A token as tokenizer_config.json writes it: its text, or an object with it. */
function tokenText(token: unknown): string {
  const text = isPlainObject(token) ? token["content"] : token;
  return typeof text === "string" ? text : "";
}
