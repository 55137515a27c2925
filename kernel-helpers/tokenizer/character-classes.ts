/** What GPT-2's pattern asks of a character: letter, number, white space or none of these. One byte per code point, made plane by plane when first needed. */

export const other = 0;
export const letter = 1;
export const number = 2;
export const space = 3;

const planes: (Uint8Array | undefined)[] = [];

/** Classes of the Basic Multilingual Plane. */
export const basicPlane: Uint8Array = classesOfPlane(0);

/** Class of a code point. Its Unicode version is that of this Node; newer letters count as `other`. */
export function classOf(codePoint: number): number {
  const plane = codePoint >>> 16;
  return (planes[plane] ?? classesOfPlane(plane))[codePoint & 0xffff]!;
}

function classesOfPlane(plane: number): Uint8Array {
  const classes = new Uint8Array(0x10000);
  const unitsEach = plane === 0 ? 1 : 2;
  const units = new Uint16Array(0x10000 * unitsEach);
  for (let low = 0; low < 0x10000; low++) {
    if (plane === 0) units[low] = low;
    else {
      units[2 * low] = 0xd800 + (((plane - 1) << 6) | (low >>> 10));
      units[2 * low + 1] = 0xdc00 + (low & 0x3ff);
    }
  }
  // Through Buffer, because TextDecoder would replace the surrogates that stand alone in plane 0.
  const characters = Buffer.from(units.buffer).toString("utf16le");
  // \s would be wrong: JavaScript's has U+FEFF and lacks U+0085, unlike the regex engines of tiktoken and of Hugging Face.
  const patterns: [RegExp, number][] = [
    [/\p{L}+/gu, letter],
    [/\p{N}+/gu, number],
    [/\p{White_Space}+/gu, space],
  ];
  for (const [pattern, kind] of patterns) {
    for (const { index, 0: run } of characters.matchAll(pattern)) classes.fill(kind, index / unitsEach, (index + run.length) / unitsEach);
  }
  planes[plane] = classes;
  return classes;
}
