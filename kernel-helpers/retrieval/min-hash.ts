/**
 * MinHash — Broder 1997: texts as sets of shingles, sets as short signatures; two signatures agree in a share of places that estimates how
 * much the sets overlap (Jaccard). The classical way to near-duplicates; it sees shared wording, not shared meaning.
 */
import { ArgumentError } from "../errors.ts";
import { checkInstance, checkInteger, checkOptions, checkText } from "../runtime/check.ts";
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

/**
 * Returns a function from text to signature; signatures can be compared when the same function, or one with the same options, made them.
 *
 * @throws {ArgumentError} An option out of range.
 */
export function minHasher(options: MinHashOptions = {}): (text: string) => Uint32Array {
  checkOptions("options", options, ["permutations", "shingle", "seed"]);
  const permutations = checkInteger("permutations", options.permutations ?? 128, { min: 1, max: 65_536 });
  const shingle = checkInteger("shingle", options.shingle ?? 3, { min: 1 });
  const random = createRandom(checkInteger("seed", options.seed ?? 1));
  const keys = Uint32Array.from({ length: permutations }, () => random.integer(2 ** 32));
  return (text) => {
    checkText("text", text);
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
  for (const [name, signature] of Object.entries({ one, other })) {
    checkInstance(name, signature, Uint32Array, {
      expected: "a signature of minHasher (a Uint32Array)",
      hint: "call the hasher with the text first",
    });
  }
  if (one.length !== other.length || one.length === 0) {
    throw new ArgumentError(`signatures of ${one.length} and ${other.length} numbers cannot be compared`, {
      hint: "make both with the same minHasher",
      facts: { argument: "other", expected: one.length, value: other.length },
    });
  }
  let agreeing = 0;
  for (let place = 0; place < one.length; place++) if (one[place] === other[place]) agreeing += 1;
  return agreeing / one.length;
}
