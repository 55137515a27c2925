/** What a file that is not what was expected looks like, from its bytes: a known format by its signature, or text in another encoding. */
import chardet from "chardet";

export interface Likeness {
  /** In words: "a gzip archive", "UTF-16 LE text". */
  name: string;
  /** For text: the label that TextDecoder knows the encoding by. */
  encoding?: string;
}

/** Signatures that no text begins with, as Latin-1. */
const signatures: readonly (readonly [name: string, start: string])[] = [
  ["a gzip archive", "\x1f\x8b"],
  ["a zip archive", "PK\x03\x04"],
  ["an empty zip archive", "PK\x05\x06"],
  ["an xz archive", "\xfd7zXZ\0"],
  ["a Zstandard archive", "\x28\xb5\x2f\xfd"],
  ["a bzip2 archive", "BZh91AY&SY"],
  ["a 7-Zip archive", "7z\xbc\xaf\x27\x1c"],
  ["a PNG image", "\x89PNG\r\n\x1a\n"],
  ["a JPEG image", "\xff\xd8\xff"],
  ["a GIF image", "GIF8"],
  ["a PDF document", "%PDF-"],
  ["an old Office document", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"],
  ["a Parquet file", "PAR1"],
  ["an Arrow file", "ARROW1\0\0"],
  ["an HDF5 file", "\x89HDF\r\n\x1a\n"],
  ["a NumPy array", "\x93NUMPY"],
  ["an SQLite database", "SQLite format 3\0"],
  ["a Python pickle", "\x80\x02"],
  ["a Python pickle", "\x80\x04\x95"],
  ["a program", "\x7fELF"],
];

const marks: readonly (readonly [name: string, encoding: string, start: string])[] = [
  ["UTF-32 LE text", "utf-32le", "\xff\xfe\0\0"],
  ["UTF-32 BE text", "utf-32be", "\0\0\xfe\xff"],
  ["UTF-16 LE text", "utf-16le", "\xff\xfe"],
  ["UTF-16 BE text", "utf-16be", "\xfe\xff"],
];

/** What is looked at: enough to be sure, and little enough to take no time. */
const sampleBytes = 1 << 16;

/** A format or an encoding that gives itself away in its first bytes; undefined for what may well be UTF-8. */
export function signatureOf(bytes: Uint8Array): Likeness | undefined {
  const start = Buffer.from(bytes.subarray(0, 32)).toString("latin1");
  const mark = marks.find(([, , signature]) => start.startsWith(signature));
  if (mark) return { name: mark[0], encoding: mark[1] };
  const signature = signatures.find(([, known]) => start.startsWith(known));
  return signature ? { name: signature[0] } : utf16WithoutMark(bytes.subarray(0, sampleBytes));
}

/** UTF-16 of mostly ASCII: every other byte is zero. As UTF-8 it would be valid, with a U+0000 after each letter. */
function utf16WithoutMark(sample: Uint8Array): Likeness | undefined {
  const isAscii = (byte: number): boolean => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13;
  let [little, big] = [0, 0];
  for (let at = 0; at + 1 < sample.length; at += 2) {
    if (sample[at + 1] === 0 && isAscii(sample[at]!)) little++;
    if (sample[at] === 0 && isAscii(sample[at + 1]!)) big++;
  }
  const most = 0.8 * (sample.length >> 1);
  if (little > 0 && little >= most) return utf16[0];
  return big > 0 && big >= most ? utf16[1] : undefined;
}

/** What bytes that are not UTF-8 may be. */
export function likenessOf(bytes: Uint8Array): Likeness {
  const known = signatureOf(bytes);
  if (known) return known;
  const sample = bytes.subarray(0, sampleBytes);
  const controls = sample.reduce((count, byte) => count + (byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127 ? 1 : 0), 0);
  const isUtf16 = controls > 0 ? utf16OfHan(sample) : undefined;
  if (isUtf16) return isUtf16;
  if (controls > 0.02 * sample.length) return { name: "binary data" };
  const [best] = chardet.analyse(sample);
  if (best && best.confidence >= 50 && eastAsian.has(best.name)) {
    return best.name === "GB18030" ? gb18030 : { name: `${best.name} text`, encoding: best.name.toLowerCase().replace("_", "-") };
  }
  if (isGb18030(sample)) return gb18030;
  return isLatin1(sample)
    ? { name: "Windows-1252 (Latin-1) text", encoding: "windows-1252" }
    : { name: "text in another encoding, or binary data" };
}

const utf16 = [
  { name: "UTF-16 LE text", encoding: "utf-16le" },
  { name: "UTF-16 BE text", encoding: "utf-16be" },
] as const satisfies readonly Likeness[];
const gb18030: Likeness = { name: "GB18030 (GBK) text", encoding: "gb18030" };
/** What chardet is good at; it needs some sentences. */
const eastAsian: ReadonlySet<string> = new Set(["GB18030", "Big5", "Shift_JIS", "EUC-JP", "EUC-KR"]);

/** Short texts, which chardet cannot tell: most characters above ASCII are pairs of two high bytes, as in GB 2312. */
function isGb18030(sample: Uint8Array): boolean {
  if (decoded("gb18030", sample) === undefined) return false;
  let [pairs, others] = [0, 0];
  for (let at = 0; at < sample.length; at++) {
    if (sample[at]! < 0x80) continue;
    if (sample[at]! >= 0xa1 && sample[at + 1]! >= 0xa1) pairs++;
    else others++;
    at++;
  }
  return pairs > 2 * others;
}

/** UTF-16 of Chinese or Japanese: nearly all of its code units are Han, kana, their punctuation, or ASCII. */
function utf16OfHan(sample: Uint8Array): Likeness | undefined {
  return utf16.find(({ encoding }) => {
    const text = sample.length % 2 === 0 ? decoded(encoding, sample) : undefined;
    const known = text?.match(/[\t\r\n\u0020-\u007e\u3000-\u30ff\u4e00-\u9fa5\uff00-\uffef]/gu)?.length ?? 0;
    return text !== undefined && known > 0.9 * text.length;
  });
}

/** Single letters with accents, or typographic signs, in a text that is mostly ASCII. */
function isLatin1(sample: Uint8Array): boolean {
  const high = sample.reduce((count, byte) => count + (byte >= 0x80 ? 1 : 0), 0);
  return high <= 0.5 * sample.length && decoded("windows-1252", sample) !== undefined;
}

function decoded(encoding: string, sample: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(sample, { stream: true }); // a sample may end within a character
  } catch {
    return undefined;
  }
}
