/**
 * A precompiled character map, as SentencePiece's model files and tokenizer.json have it: texts of one character or a few, each with what replaces
 * it. The best known is nmt_nfkc: Unicode's NFKC, with line ends and odd spaces as spaces and control characters left out (XLM-R, T5, multilingual-e5).
 */
import { FormatError } from "../../errors.ts";
import { DoubleArray } from "./double-array.ts";

/** Text → what replaces it. */
export type Charsmap = ReadonlyMap<string, string>;

/** Longer clusters are looked up character by character, as in Hugging Face tokenizers. */
const longestCluster = 5; // bytes of UTF-8

/** Characters without which each character is a cluster of its own (Unicode Standard Annex 29). */
const joining = String.raw`\p{M}\p{Grapheme_Extend}\p{Cf}\p{RI}\p{Emoji_Modifier}\r\u0e33\u0eb3\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u0d4e\u{111c2}\u{111c3}\u{1193f}\u{11941}\u{11a3a}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}`;

const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * The map as a function. Of a cluster, such as a letter with its accents, the shortest beginning that the map knows replaces the whole: so do Hugging Face
 * tokenizers, on whose vocabularies' ids published models were tuned. SentencePiece itself takes the longest.
 */
export function applyCharsmap(map: Charsmap): (text: string) => string {
  const characters = [...map.keys()].filter((key) => key.length === 1 || (key.length === 2 && key.codePointAt(0)! > 0xffff));
  const mapped = characters.map((character) => `\\u{${character.codePointAt(0)!.toString(16)}}`).join("");
  const changing = new RegExp(`(?:[^${joining}]?[${joining}])+[^${joining}]?${mapped && `|[${mapped}]`}`, "gu");
  const ofCharacters = (text: string): string => Array.from(text, (character) => map.get(character) ?? character).join("");
  return (text) =>
    text.replace(changing, (run) => {
      const single = map.get(run);
      if (single !== undefined && run.length === 1) return single;
      return Array.from(clusters.segment(run), ({ segment }) => {
        const whole = Buffer.byteLength(segment) <= longestCluster ? shortest(map, segment) : undefined;
        return whole ?? ofCharacters(segment);
      }).join("");
    });
}

function shortest(map: Charsmap, cluster: string): string | undefined {
  let beginning = "";
  for (const character of cluster) {
    beginning += character;
    const found = map.get(beginning);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * @param blob The size of a trie, the trie in darts-clone's units, and what replaces its keys, each with a byte 0 at its end.
 * @param file Named in errors.
 * @throws {FormatError} The blob is damaged.
 */
export function parseCharsmap(blob: Uint8Array, file: string): Charsmap {
  const damaged = (): FormatError =>
    new FormatError(`${file}: its precompiled_charsmap is damaged`, { hint: "get the file again", facts: { file } });
  const size = blob.length < 4 ? 0 : new DataView(blob.buffer, blob.byteOffset).getUint32(0, true);
  if (size === 0 || size % 4 > 0 || 4 + size > blob.length) throw damaged();
  const trie = DoubleArray.fromUnits(new Uint32Array(Uint8Array.from(blob.subarray(4, 4 + size)).buffer));
  const texts = blob.subarray(4 + size);
  const map = new Map<string, string>();
  const most = 2 ** 20;
  for (const [key, start] of trie.entries()) {
    const end = texts.indexOf(0, start);
    if (start >= texts.length || map.size > most || key.length > 255) throw damaged();
    map.set(Buffer.from(key, "latin1").toString(), Buffer.from(texts.subarray(start, end < 0 ? texts.length : end)).toString());
  }
  return map;
}

export function formatCharsmap(map: Charsmap): Uint8Array {
  const starts = new Map<string, number>();
  let texts = "";
  const entries = Array.from(map, ([text, replacement]) => {
    const [key, bytes] = [text, replacement].map((one) => Buffer.from(one).toString("latin1")) as [string, string];
    if (!starts.has(bytes)) {
      starts.set(bytes, texts.length);
      texts += `${bytes}\0`;
    }
    return { key, start: starts.get(bytes)! };
  }).sort((one, other) => (one.key < other.key ? -1 : 1));
  const units = DoubleArray.of(
    entries.map(({ key }) => key),
    entries.map(({ start }) => start),
  ).toUnits();
  const head = Buffer.alloc(4);
  head.writeUInt32LE(units.byteLength);
  return Buffer.concat([head, Buffer.from(units.buffer), Buffer.from(texts, "latin1")]);
}

/**
 * A map of single characters with the sequences that Unicode composes to one character, such as e and an acute accent: a map that was reduced to characters
 * has lost them.
 */
export function withSequences(characters: Charsmap): Charsmap {
  const map = new Map(characters);
  for (let code = 0; code <= 0x2ffff; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const composed = String.fromCodePoint(code);
    const parts = [...composed.normalize("NFD")];
    if (parts.length < 2 || composed.normalize("NFC") !== composed) continue;
    for (let joined = 1; joined < parts.length; joined++) {
      const sequence = parts.slice(0, joined).join("").normalize("NFC") + parts.slice(joined).join("");
      if (Buffer.byteLength(sequence) <= longestCluster && sequence !== composed) map.set(sequence, map.get(composed) ?? composed);
    }
  }
  return map;
}
