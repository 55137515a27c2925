/** GPT-2's two files: token → id as JSON (encoder.json, vocab.json on the hub) and the merges, one per line (vocab.bpe, merges.txt). */
import { FormatError } from "../errors.ts";
import { shown } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import type { DrawnVocabulary } from "./vocabulary.ts";

const versionLine = "#version: 0.2";

/** @param names The files' names, for errors. */
export function parseGpt2Files(vocabText: string, mergesText: string, names: { vocab: string; merges: string }): DrawnVocabulary {
  const ids = new Map<string, number>();
  const parsed = parseJson(vocabText, { file: names.vocab });
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new FormatError(`${names.vocab} is not an object of tokens and ids`, {
      hint: "pass GPT-2's encoder.json or vocab.json",
      facts: { file: names.vocab },
    });
  }
  for (const [token, id] of Object.entries(parsed)) ids.set(token, id as number);
  const merges: [string, string][] = [];
  for (const [index, line] of mergesText.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#version")) continue;
    const [left, right, ...rest] = line.trimEnd().split(" ");
    if (!left || !right || rest.length > 0) {
      throw new FormatError(`${names.merges}:${index + 1}: a merge is two tokens with a space between them, not ${shown(line)}`, {
        hint: "pass GPT-2's vocab.bpe or merges.txt",
        facts: { file: names.merges, line: index + 1 },
      });
    }
    merges.push([left, right]);
  }
  return { ids, merges, specialTokens: unmade(ids, merges) };
}

/** The files do not say which tokens are special: those that are neither one byte nor made by a merge. */
function unmade(ids: ReadonlyMap<string, number>, merges: readonly (readonly [string, string])[]): Map<string, number> {
  const made = new Set(merges.map(([left, right]) => left + right));
  return new Map([...ids].filter(([token]) => token.length > 1 && !made.has(token)));
}

export function formatGpt2Files({ ids, merges, specialTokens }: DrawnVocabulary): { vocab: string; merges: string } {
  const lines = [versionLine, ...merges.map(([left, right]) => `${left} ${right}`)];
  return { vocab: JSON.stringify(Object.fromEntries([...ids, ...specialTokens])), merges: `${lines.join("\n")}\n` };
}
