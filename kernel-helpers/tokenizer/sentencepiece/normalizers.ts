/** What becomes of a text before it is cut: the normalizers of tokenizer.json, one function each. */
import { isPlainObject as isObject, shown } from "../../runtime/check.ts";
import { anyOf } from "../../runtime/any-of.ts";
import { broken, unsupported } from "../refusals.ts";
import { toJavaScript } from "../regex-dialect.ts";
import { Charsmap } from "./charsmap.ts";

export type Normalizer = (text: string) => string;

type Json = Record<string, unknown>;

/** Control characters that Nmt leaves out. */
const controls = new RegExp(String.raw`[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]`, "g");

/** By type; the parameters are those of Hugging Face tokenizers. */
const makers: Readonly<Record<string, (part: Json, file: string) => Normalizer>> = {
  NFC: () => (text) => text.normalize("NFC"),
  NFD: () => (text) => text.normalize("NFD"),
  NFKC: () => (text) => text.normalize("NFKC"),
  NFKD: () => (text) => text.normalize("NFKD"),
  Lowercase: () => lowercase,
  StripAccents: () => (text) => text.replace(/\p{M}/gu, ""),
  Nmt: () => (text) => text.replace(controls, "").replace(/[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g, " "),
  Strip: ({ strip_left: left, strip_right: right }) => {
    const ends = [left !== false && String.raw`^\p{White_Space}+`, right !== false && String.raw`\p{White_Space}+$`].filter(Boolean);
    const expression = new RegExp(ends.join("|") || "(?!)", "gu");
    return (text) => text.replace(expression, "");
  },
  Prepend: ({ prepend }, file) => {
    if (typeof prepend !== "string") throw broken(file, "its normalizer Prepend has no text");
    return (text) => (text === "" ? "" : prepend + text);
  },
  Replace: ({ pattern, content }, file) => {
    const { Regex: regex, String: string } = isObject(pattern) ? pattern : {};
    if (typeof content !== "string") throw broken(file, "its normalizer Replace has no content");
    if (typeof string === "string" && string !== "") {
      const expression = new RegExp(anyOf([string]), "gu");
      return (text) => text.replace(expression, () => content);
    }
    if (typeof regex !== "string" || regex === "") throw broken(file, "its normalizer Replace has no pattern");
    const expression = toJavaScript(regex, file);
    return (text) => text.replace(expression, () => content);
  },
  Precompiled: ({ precompiled_charsmap: charsmap }, file) => {
    if (typeof charsmap !== "string") throw broken(file, "its normalizer Precompiled has no charsmap");
    if (charsmap === "") return (text) => text;
    const map = Charsmap.parse(Buffer.from(charsmap, "base64"), file);
    return (text) => map.apply(text);
  },
  Sequence: ({ normalizers }, file) => {
    if (!Array.isArray(normalizers)) throw broken(file, "its normalizers are not a list");
    const steps = normalizers.map((part) => readNormalizer(part, file));
    return (text) => steps.reduce((changed, step) => step(changed), text);
  },
};

/**
 * @param part As tokenizer.json has it; null for none.
 * @throws {FormatError} A normalizer that is unknown, or damaged.
 */
export function readNormalizer(part: unknown, file: string): Normalizer {
  if (part === null || part === undefined) return (text) => text;
  const type = isObject(part) ? String(part["type"]) : shown(part);
  const make = Object.hasOwn(makers, type) ? makers[type] : undefined;
  if (!make) throw unsupported(file, `the normalizer ${type}`);
  return make(part as Json, file);
}

/** Each character by itself, as Rust's: JavaScript writes a Σ at the end of a word as ς. */
const lowercase = (text: string): string => text.replace(/Σ/g, "σ").toLowerCase();
