/** The form of regulated verse (近體詩), which can be checked: a reward without a judge. */
import { argumentError, checkChoice, checkOptions, checkText } from "../runtime/check.ts";

/** The readings of a character: the group it rhymes in, and whether its tone is level. `loadRhymes` of the room data has them. */
export type VerseRhymes = ReadonlyMap<string, readonly { group: string; tone: "level" | "oblique" }[]>;

export interface VerseForm {
  rhymes: VerseRhymes;
  /** 4 for a quatrain (絕句), 8 for a regulated octave (律詩). @default 4 */
  lines?: 4 | 8;
  /** Characters of each line. @default 5 */
  characters?: 5 | 7;
}

/** Which rules a poem keeps. */
export interface VerseCheck {
  /** It has the right number of lines. */
  lines: boolean;
  /** All lines have the right number of characters. */
  characters: boolean;
  /** The even lines end in one rhyme group of level tones. */
  rhyme: boolean;
  /** Tones alternate within lines (at the 2nd, 4th and 6th place), are opposed within couplets (對) and agree between them (黏). */
  tones: boolean;
  /** All of them. */
  isRight: boolean;
  /** Share of the rules that are kept, from 0 to 1: each line's length, each rhyme and each tone is one. */
  share: number;
}

/**
 * The form of a poem by the rules of regulated verse (Wang Li 1977, 詩詞格律): lines, characters, rhyme and tone pattern. A character of several readings fits
 * if one of them does; one that the table lacks does not.
 *
 * @param text Lines in traditional characters, ended by punctuation or a line break.
 * @example
 * checkVerse('白日依山盡，黃河入海流。欲窮千里目，更上一層樓。', { rhymes: await loadRhymes() }).isRight // true
 */
export function checkVerse(text: string, form: VerseForm): VerseCheck {
  checkText("text", text, { allowEmpty: true });
  checkOptions("form", form, ["rhymes", "lines", "characters"]);
  const { rhymes, lines: wanted = 4, characters = 5 } = form;
  if (typeof (rhymes as { get?: unknown } | undefined)?.get !== "function") {
    throw argumentError("rhymes", "a map of characters", rhymes, { hint: "pass await loadRhymes(), of the room data" });
  }
  checkChoice("lines", String(wanted), ["4", "8"]);
  checkChoice("characters", String(characters), ["5", "7"]);
  const lines = text
    .split(/[\s，。？！、；：,.?!;:]+/u)
    .filter((line) => line !== "")
    .map((line) => [...line]);
  const lengths = Array.from({ length: wanted }, (_, row) => lines[row]?.length === characters);
  const ends = Array.from({ length: wanted / 2 }, (_, couplet) => lines[2 * couplet + 1]?.[characters - 1]);
  const rhyming = rhymesTogether(ends, rhymes);
  const toned = bestPattern(lines, rhymes, wanted, characters);
  const kept = [lines.length === wanted, ...lengths, ...rhyming, ...toned];
  const check = {
    lines: lines.length === wanted,
    characters: lengths.every(Boolean) && lines.every((line) => line.length === characters),
    rhyme: rhyming.every(Boolean),
    tones: toned.every(Boolean),
  };
  return { ...check, isRight: Object.values(check).every(Boolean), share: kept.filter(Boolean).length / kept.length };
}

/** For each of the characters whether it is in the level group that most of them share. */
function rhymesTogether(ends: readonly (string | undefined)[], rhymes: VerseRhymes): boolean[] {
  const groupsOf = (end: string | undefined): string[] =>
    end === undefined ? [] : (rhymes.get(end) ?? []).filter(({ tone }) => tone === "level").map(({ group }) => group);
  const counts = new Map<string, number>();
  for (const group of ends.flatMap(groupsOf)) counts.set(group, (counts.get(group) ?? 0) + 1);
  const [best] = [...counts].toSorted((a, b) => b[1] - a[1])[0] ?? [];
  const alike = ends.map((end) => best !== undefined && groupsOf(end).includes(best));
  return new Set(ends).size === ends.length ? alike : alike.map(() => false); // a word does not rhyme with itself
}

/** Whether each tone that counts is right, by the one of the two patterns (平起, 仄起) that fits better. */
function bestPattern(lines: readonly (readonly string[])[], rhymes: VerseRhymes, rows: number, characters: number): boolean[] {
  const places = Array.from({ length: (characters - 1) / 2 }, (_, index) => 2 * index + 1);
  const fits = (start: "level" | "oblique"): boolean[] =>
    Array.from({ length: rows }, (_, row) => {
      // Opposed within a couplet, alike from one couplet to the next: + − − + + − − +.
      const isTurned = [false, true, true, false][row % 4]!;
      const inner = places.map((place, index) => {
        const isLevel = (start === "level") !== isTurned ? index % 2 === 0 : index % 2 === 1;
        return hasTone(lines[row]?.[place], isLevel ? "level" : "oblique", rhymes);
      });
      // The even lines rhyme in level tones; the odd ones, but for the first, which may rhyme, end in oblique ones.
      const isFree = row === 0;
      const last = row % 2 === 1 ? "level" : "oblique";
      return isFree ? inner : [...inner, hasTone(lines[row]?.[characters - 1], last, rhymes)];
    }).flat();
  const [level, oblique] = [fits("level"), fits("oblique")];
  return level.filter(Boolean).length >= oblique.filter(Boolean).length ? level : oblique;
}

const hasTone = (character: string | undefined, tone: "level" | "oblique", rhymes: VerseRhymes): boolean =>
  character !== undefined && (rhymes.get(character) ?? []).some((reading) => reading.tone === tone);
