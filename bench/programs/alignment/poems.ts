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

type Allow = (row: number, ids: readonly number[], logits: Float32Array) => void;

/**
 * Constrained decoding of quatrains: at each place of a text only characters that keep the form are left. The tones follow from the second character, which
 * the prompt must have; the second line chooses the rhyme, the fourth keeps to it.
 */
export function keepingForm(prompts: readonly (readonly number[])[], vocabulary: readonly string[], rhymes: VerseRhymes): Allow {
  const readings = vocabulary.map((character) => rhymes.get(character) ?? []);
  const levelGroups = readings.map((of) => of.filter(({ tone }) => tone === "level").map(({ group }) => group));
  const hasTone = (id: number, isLevel: boolean): boolean => readings[id]!.some(({ tone }) => (tone === "level") === isLevel);
  const rhyme = (id: number, other: number): boolean =>
    id !== other && levelGroups[id]!.some((group) => levelGroups[other]!.includes(group));
  const canRhyme = vocabulary.map((_, id) => vocabulary.some((_other, other) => rhyme(id, other)));
  const [comma, stop] = [vocabulary.indexOf("，"), vocabulary.indexOf("。")];
  const isCharacter = vocabulary.map((_, id) => id !== endId && id !== comma && id !== stop);

  return (row, ids, logits) => {
    const text = [...prompts[row]!.slice(1), ...ids];
    const [at, lineNumber, place] = [text.length, Math.floor(text.length / 6), text.length % 6];
    const isTurned = lineNumber === 1 || lineNumber === 2;
    const isLevel = (hasTone(text[1]!, true) !== isTurned) === (place === 1);
    const allows = (id: number): boolean => {
      if (at === 24) return id === endId;
      if (place === 5) return id === (lineNumber % 2 === 0 ? comma : stop);
      if (!isCharacter[id]) return false;
      if (place === 1 || place === 3) return hasTone(id, isLevel);
      if (place !== 4 || lineNumber === 0) return true;
      if (lineNumber === 1) return canRhyme[id]!;
      return lineNumber === 2 ? hasTone(id, false) : rhyme(id, text[10]!);
    };
    for (let id = 0; id < logits.length; id++) if (!allows(id)) logits[id] = -Infinity;
  };
}
