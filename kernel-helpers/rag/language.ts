/** Which of the two languages that the course speaks a text is in, by what there is more of: characters of Chinese, or words in other letters. */
export type TextLanguage = "zh" | "en";

export function languageOf(text: string): TextLanguage {
  const characters = text.match(/\p{scx=Han}/gu)?.length ?? 0;
  const words = text.match(/(?:(?!\p{scx=Han})[\p{L}\p{M}])+/gu)?.length ?? 0;
  return characters > 0 && characters >= words ? "zh" : "en";
}
