/** Tang poems in lines of five characters, as quatrains of frequent characters: what a small GPT learns from, and the prompts that it continues. */
import { loadCorpus } from "../../../kernel-helpers/data/index.ts";
import type { VerseRhymes } from "../../../kernel-helpers/alignment/index.ts";

export interface Verses {
  vocabulary: readonly string[];
  /** Ids of quatrains, each ended by `endId`. */
  train: readonly (readonly number[])[];
  choice: readonly (readonly number[])[];
  test: readonly (readonly number[])[];
}

/** A line break begins and ends a text. */
export const endId = 0;
const linesOf = (poem: string): string[] => poem.split(/[^\p{Script=Han}]+/u).filter((line) => line !== "");

/** Quatrains, and the halves of octaves, whose tones follow the same pattern; with nothing but "，" and "。" between the lines. */
function quatrainsOf(corpus: string): string[] {
  return corpus.split("\n\n").flatMap((poem) => {
    const lines = linesOf(poem);
    if (![4, 8].includes(lines.length) || lines.some((line) => Array.from(line).length !== 5)) return [];
    return Array.from({ length: lines.length / 4 }, (_, half) => {
      const [a, b, c, d] = lines.slice(4 * half, 4 * half + 4);
      return `${a}，${b}。${c}，${d}。`;
    });
  });
}

export async function loadVerses(size: number): Promise<Verses> {
  const corpus = await loadCorpus("poems");
  const [train, others] = [quatrainsOf(corpus.train), quatrainsOf(corpus.validation)];
  const counts = new Map<string, number>();
  for (const character of train.join("")) counts.set(character, (counts.get(character) ?? 0) + 1);
  const frequent = [...counts].toSorted((a, b) => b[1] - a[1]).map(([character]) => character);
  const vocabulary = ["\n", ...frequent.slice(0, size - 1)];
  const idOf = new Map(vocabulary.map((character, id) => [character, id]));
  const known = (texts: readonly string[]): number[][] =>
    [...new Set(texts)]
      .map((text) => [...Array.from(text, (character) => idOf.get(character) ?? -1), endId])
      .filter((ids) => !ids.includes(-1));
  const judged = known(others);
  return { vocabulary, train: known(train), choice: judged.filter((_, at) => at % 2 === 0), test: judged.filter((_, at) => at % 2 === 1) };
}

/** 1 for each character of the vocabulary that keeps the form behind a text (without the line break before it), 0 for the others. */
export type Allowed = (text: readonly number[]) => Uint8Array;

/** The form of quatrains, place by place. The tones follow from the second character; the second line chooses the rhyme, the fourth keeps to it. */
export function formOf(vocabulary: readonly string[], rhymes: VerseRhymes): Allowed {
  const readings = vocabulary.map((character) => rhymes.get(character) ?? []);
  const levelGroups = readings.map((of) => of.filter(({ tone }) => tone === "level").map(({ group }) => group));
  const [comma, stop] = [vocabulary.indexOf("，"), vocabulary.indexOf("。")];
  const [isCharacter, isLevel, isOblique, canRhyme, isComma, isStop, isEnd] = [
    (id: number) => id !== endId && id !== comma && id !== stop,
    (id: number) => readings[id]!.some(({ tone }) => tone === "level"),
    (id: number) => readings[id]!.some(({ tone }) => tone === "oblique"),
    (id: number) => levelGroups.some((_, other) => rhymesWith(id, other)),
    (id: number) => id === comma,
    (id: number) => id === stop,
    (id: number) => id === endId,
  ].map((allows) => Uint8Array.from(vocabulary, (_, id) => Number(allows(id)))) as [Uint8Array, ...Uint8Array[]];
  const rhymesOf = new Map<number, Uint8Array>();
  function rhymesWith(id: number, other: number): boolean {
    return id !== other && levelGroups[id]!.some((group) => levelGroups[other]!.includes(group));
  }

  return (text) => {
    const [lineNumber, place] = [Math.floor(text.length / 6), text.length % 6];
    if (text.length === 24) return isEnd!;
    if (place === 5) return lineNumber % 2 === 0 ? isComma! : isStop!;
    if (place === 1 && lineNumber === 0) return Uint8Array.from(isLevel!, (level, id) => level | isOblique![id]!);
    if (place === 1 || place === 3) {
      const isTurned = lineNumber === 1 || lineNumber === 2;
      return ((isLevel![text[1]!] === 1) !== isTurned) === (place === 1) ? isLevel! : isOblique!;
    }
    if (place !== 4 || lineNumber === 0) return isCharacter;
    if (lineNumber !== 3) return lineNumber === 1 ? canRhyme! : isOblique!;
    const end = text[10]!;
    if (!rhymesOf.has(end))
      rhymesOf.set(
        end,
        Uint8Array.from(vocabulary, (_, id) => Number(rhymesWith(id, end))),
      );
    return rhymesOf.get(end)!;
  };
}

/** Constrained decoding: at each place of a text only characters that keep the form are left. */
export function keeping(
  allowed: Allowed,
  prompts: readonly (readonly number[])[],
): (row: number, ids: readonly number[], logits: Float32Array) => void {
  return (row, ids, logits) => {
    const left = allowed([...prompts[row]!.slice(1), ...ids]);
    for (let id = 0; id < logits.length; id++) if (left[id] === 0) logits[id] = -Infinity;
  };
}
