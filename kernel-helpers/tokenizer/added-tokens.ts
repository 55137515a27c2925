/** The added tokens of a tokenizer.json: tokens that are found in text as they are spelled, before anything else is done with it. */
import { isPlainObject as isObject } from "../runtime/check.ts";
import { broken } from "./refusals.ts";
import type { Placement } from "./vocabulary.ts";

export interface AddedTokens {
  /** Text → id. */
  ids: ReadonlyMap<string, number>;
  placements: ReadonlyMap<string, Placement>;
  /** Those that stand for text, which the file does not call special. */
  ordinary: ReadonlySet<string>;
}

export function readAdded(added: unknown, file: string): AddedTokens {
  if (!Array.isArray(added)) throw broken(file, '"added_tokens" is not a list');
  const ids = new Map<string, number>();
  const placements = new Map<string, Placement>();
  const ordinary = new Set<string>();
  for (const [index, token] of (added as unknown[]).entries()) {
    if (!isObject(token) || typeof token["content"] !== "string" || token["content"] === "" || typeof token["id"] !== "number") {
      throw broken(file, `added_tokens[${index}] is ${JSON.stringify(token)}, not an object with "content" and "id"`);
    }
    const { content, id, special, lstrip, rstrip, single_word: singleWord } = token as { content: string; id: number } & typeof token;
    const other = ids.get(content);
    if (other !== undefined && other !== id)
      throw broken(file, `the added token ${JSON.stringify(content)} has the ids ${other} and ${id}`);
    ids.set(content, id);
    if (special === false) ordinary.add(content);
    if (lstrip || rstrip || singleWord) {
      placements.set(content, { lstrip: lstrip === true, rstrip: rstrip === true, singleWord: singleWord === true });
    }
  }
  return { ids, placements, ordinary };
}
