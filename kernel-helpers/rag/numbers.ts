/** Numbers in a text by what they are worth, however they are written: 1,500, "fifteen", 一千五百, 十五. So an answer in one language can be held against a source in the other. */

const english: Readonly<Record<string, number>> = Object.fromEntries(
  [
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
      .split(" ")
      .map((word, value) => [word, value]),
    "twenty thirty forty fifty sixty seventy eighty ninety".split(" ").map((word, index) => [word, 10 * (index + 2)]),
  ].flat() as [string, number][],
);
const englishScales: Readonly<Record<string, number>> = { hundred: 100, thousand: 1000, million: 1e6 };
const digits: Readonly<Record<string, number>> = { 零: 0, 〇: 0, 一: 1, 二: 2, 两: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9 };
const scales: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1000 };

const englishWords = [...Object.keys(english), ...Object.keys(englishScales)].sort((one, other) => other.length - one.length).join("|");
const number = new RegExp(
  `\\d+(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?(?:[万亿])?|\\b(?:${englishWords})(?:[\\s-]+(?:and\\s+)?(?:${englishWords}))*\\b|[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?`,
  "giu",
);

export interface FoundNumber {
  value: number;
  start: number;
  end: number;
}

/** Each number with where it stands, in the order of the text. */
export function findNumbers(text: string): FoundNumber[] {
  return Array.from(text.matchAll(number), (match) => {
    return { value: valueOf(match[0]), start: match.index, end: match.index + match[0].length };
  });
}

/** The values alone, each once. */
export const numbersIn = (text: string): number[] => [...new Set(findNumbers(text).map(({ value }) => value))];

function valueOf(written: string): number {
  if (/^\d/.test(written)) {
    const scale = written.endsWith("万") ? 1e4 : written.endsWith("亿") ? 1e8 : 1;
    return Number(written.replace(/[,万亿]/g, "")) * scale;
  }
  return /^[a-z]/i.test(written) ? englishValue(written) : chineseValue(written);
}

function englishValue(written: string): number {
  let [total, group] = [0, 0];
  for (const word of written.toLowerCase().split(/[\s-]+(?:and\s+)?/)) {
    const scale = englishScales[word];
    if (scale === undefined) group += english[word]!;
    else if (scale === 100) group = Math.max(1, group) * 100;
    else {
      total += Math.max(1, group) * scale;
      group = 0;
    }
  }
  return total + group;
}

function chineseValue(written: string): number {
  const [whole = "", fraction] = written.split("点");
  let [total, section, digit] = [0, 0, -1];
  if (whole.length > 1 && Array.from(whole).every((sign) => sign in digits))
    return Number(
      Array.from(whole)
        .map((sign) => digits[sign])
        .join(""),
    ); // 二〇二五
  for (const sign of whole) {
    if (sign in digits) digit = digits[sign]!;
    else if (sign in scales) {
      section += (digit < 0 ? 1 : digit) * scales[sign]!;
      digit = -1;
    } else {
      total = (total + section + Math.max(0, digit) || 1) * (sign === "万" ? 1e4 : 1e8);
      [section, digit] = [0, -1];
    }
  }
  const value = total + section + Math.max(0, digit);
  return fraction === undefined
    ? value
    : Number(
        `${value}.${Array.from(fraction)
          .map((sign) => digits[sign])
          .join("")}`,
      );
}
