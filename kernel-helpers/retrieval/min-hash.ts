/**
 * MinHash — Broder 1997: texts as sets of shingles, sets as short signatures; two signatures agree in a share of places that estimates how
 * much the sets overlap (Jaccard). The classical way to near-duplicates; it sees shared wording, not shared meaning.
 */
import { ArgumentError } from "../errors.ts";
import { createRandom } from "../runtime/random.ts";

export interface MinHashOptions {
  /** Places of a signature; the estimate errs by about 1 / √permutations. @default 128 */
  permutations?: number;
  /** Characters of a shingle. @default 3 */
  shingle?: number;
  /** @default 1 */
  seed?: number;
}

/** FNV-1a over UTF-16 units: spreads shingles over 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

/** MurmurHash3's finaliser: one 32-bit permutation for each key. */
function permute(value: number, key: number): number {
  let mixed = value ^ key;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A function from text to signature; signatures are comparable when they come from the same one. */
export function minHasher({ permutations = 128, shingle = 3, seed = 1 }: MinHashOptions = {}): (text: string) => Uint32Array {
  for (const [name, value] of Object.entries({ permutations, shingle })) {
    if (!Number.isInteger(value) || value < 1) throw new ArgumentError(`${name} is ${value}`, { hint: `${name} is a whole number from 1` });
  }
  const random = createRandom(seed);
  const keys = Uint32Array.from({ length: permutations }, () => random.integer(2 ** 32));
  return (text) => {
    const characters = Array.from(text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim());
    const shingles = new Set<number>();
    for (let start = 0; start + shingle <= Math.max(characters.length, shingle); start++) {
      shingles.add(hash(characters.slice(start, start + shingle).join("")));
    }
    const signature = new Uint32Array(permutations).fill(0xffffffff);
    for (const value of shingles) {
      for (let place = 0; place < permutations; place++) signature[place] = Math.min(signature[place]!, permute(value, keys[place]!));
    }
    return signature;
  };
}

/** Estimated share of shingles that two texts have in common, 0 to 1. */
export function signatureSimilarity(one: Uint32Array, other: Uint32Array): number {
  if (one.length !== other.length) {
    throw new ArgumentError(`signatures of ${one.length} and ${other.length} places`, { hint: "make both with the same minHasher" });
  }
  let agreeing = 0;
  for (let place = 0; place < one.length; place++) if (one[place] === other[place]) agreeing += 1;
  return agreeing / one.length;
}
