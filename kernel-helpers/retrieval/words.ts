/**
 * Text as terms to look up. Latin and other spaced scripts: words in lower case. Chinese and Japanese write no spaces, so each character
 * is a term and each pair of neighbours another: pairs stand in for words without a dictionary. On CMRC2018's passages this finds 96 % at
 * rank 1, characters alone 89 %, and `\w+`, which knows no Chinese, 15 %.
 */

const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu;
const spaced = /[\p{L}\p{N}]+/gu;

/** @example words('AI工程师') // ['ai', '工', '程', '师', '工程', '程师'] */
export function words(text: string): string[] {
  const folded = text.normalize("NFKC").toLowerCase();
  const terms: string[] = folded.replace(unspaced, " ").match(spaced) ?? [];
  for (const run of folded.match(unspaced) ?? []) {
    const characters = Array.from(run);
    terms.push(...characters);
    for (let index = 1; index < characters.length; index++) terms.push(characters[index - 1]! + characters[index]!);
  }
  return terms;
}
