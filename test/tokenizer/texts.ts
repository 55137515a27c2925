/** Texts that tokenizers have got wrong: scripts, emoji, code, control characters, broken surrogates; and generators of more. */
import { readFileSync } from "node:fs";
import * as fc from "fast-check";

export const texts = JSON.parse(readFileSync("test/tokenizer/texts.json", "utf8")) as string[];

/** Pieces at which the patterns of tokenizers turn, beside single characters of any kind. */
const turning = [
  "'s",
  "'ll",
  "'",
  " ",
  "  ",
  "\n",
  "\r\n",
  "\t",
  "\u00a0",
  "\u3000",
  "\u0085",
  "\ufeff",
  "a",
  "Z",
  "é",
  "中",
  "工程",
  "7",
  "½",
  "٣",
  "!",
  "…",
  "😀",
  "👍🏽",
  "\u0301",
  "\0",
  "'S",
  "'LL",
  "'Ve",
  "’s",
  "'ſ",
  "    ",
  "\n\n\n",
  "\r",
  "\u2028",
  "\u202f",
  "\u200b",
  "\u200d",
  "\u00ad",
  "\u0007",
  "/",
  "1234567",
  "٣٤٥٦",
  "Ⅷ",
  "ABCd",
  "McDonald",
  "ǅ",
  "ʰ",
  "ﬁ",
  "n\u0303",
  "👩‍👩‍👧‍👦",
  "🇨🇳",
  "السلام",
  "สวัสดี",
  "नमस्ते",
  "한국어",
  "\u1112\u1161\u11ab",
  "ひらカタ",
];

/** Any string, lone surrogates included. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...turning),
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

/** The text with U+FFFD for lone surrogates. */
export const wellFormed = (text: string): string => Buffer.from(text).toString();
