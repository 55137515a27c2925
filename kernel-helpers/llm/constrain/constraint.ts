/** Which tokens may come next, so that the text fits a grammar. */
import type { Grammar } from "./grammar.ts";
import { Recognizer, type State } from "./recognizer.ts";
import type { TokenTrie } from "./token-trie.ts";

/** The tokens that fit after a state. */
interface Mask {
  /** A bit for each id. */
  readonly bits: Uint32Array;
  /** The most tokens that may be needed to reach an end after one of them. */
  readonly farthest: number;
}

/** Beyond it masks are forgotten: one is as large as the vocabulary has bits. */
const mostMasks = 1000;

/** A grammar over a vocabulary. What is found out about it serves all generations after. */
export class Constraint {
  readonly #trie: TokenTrie;
  readonly #recognizer: Recognizer;
  readonly #masks = new Map<State, Mask>();

  /** @throws {ArgumentError} A grammar that no text can fit, or one that begins with itself. */
  constructor(grammar: Grammar, trie: TokenTrie, unsatisfiable: () => Error) {
    this.#trie = trie;
    this.#recognizer = new Recognizer(grammar, trie);
    if (!this.#recognizer.start) throw unsatisfiable();
  }

  /** Whether a whole text fits. */
  accepts(text: Uint8Array): boolean {
    let state: State | null = this.#recognizer.start!;
    for (const byte of text) if (!(state &&= this.#recognizer.step(state, byte))) return false;
    return state!.isEnd;
  }

  /** One text, from its beginning. */
  begin(): ConstrainedText {
    if (this.#recognizer.tidy()) this.#masks.clear();
    return new ConstrainedText(this.#recognizer.start!, this.#recognizer, (state, tokensLeft) => this.#maskOf(state, tokensLeft));
  }

  /**
   * The tokens after which at most `tokensLeft` − 1 more suffice to end the text. Where even the shortest way takes more, those that bring the end
   * nearer.
   */
  #maskOf(state: State, tokensLeft: number): Uint32Array {
    let mask = this.#masks.get(state);
    if (!mask) {
      if (this.#masks.size >= mostMasks) this.#masks.clear();
      this.#masks.set(state, (mask = this.#walk(state, Infinity)));
    }
    if (mask.farthest < tokensLeft) return mask.bits;
    return this.#walk(state, Math.max(tokensLeft, state.cost) - 1).bits;
  }

  /** Goes through the tree of tokens, along the states that each byte leads to. */
  #walk(start: State, mostCost: number): Mask {
    const { bytes, depths, ends, ids, twins, size, deepest } = this.#trie;
    const { classes } = this.#recognizer;
    const bits = new Uint32Array(Math.ceil(size / 32));
    let farthest = 0;
    const path: State[] = Array.from({ length: deepest + 1 }, () => start);
    for (let node = 0; node < bytes.length;) {
      const depth = depths[node]!;
      const before = path[depth]!;
      const byte = bytes[node]!;
      const known = before.steps[classes[byte]!];
      const state = known === undefined ? this.#recognizer.step(before, byte) : known;
      if (state === null) {
        node = ends[node]!;
        continue;
      }
      path[depth + 1] = state;
      if (ids[node]! >= 0 && state.cost <= mostCost) {
        if (state.cost > farthest) farthest = state.cost;
        for (let id = ids[node]!; id >= 0; id = twins[id]!) bits[id >>> 5]! |= 1 << (id & 31);
      }
      node++;
    }
    return { bits, farthest };
  }
}

export class ConstrainedText {
  #state: State;
  readonly #recognizer: Recognizer;
  readonly #maskOf: (state: State, tokensLeft: number) => Uint32Array;

  constructor(start: State, recognizer: Recognizer, maskOf: (state: State, tokensLeft: number) => Uint32Array) {
    this.#state = start;
    this.#recognizer = recognizer;
    this.#maskOf = maskOf;
  }

  /** Whether the text fits as it stands, and may end. */
  get isEnd(): boolean {
    return this.#state.isEnd;
  }

  /** Whether nothing may follow. */
  get isFinal(): boolean {
    return this.#state.isFinal;
  }

  /**
   * The logits, with -Infinity for what does not fit; undefined where nothing but the end does.
   *
   * @param tokensLeft How many tokens the text may still take: where the end needs all of them, only what leads there is left.
   * @param endIds Tokens that end the text.
   */
  apply(logits: Float32Array, tokensLeft: number, endIds: ReadonlySet<number>): Float32Array | undefined {
    const bits = this.#maskOf(this.#state, tokensLeft);
    const allowed = new Float32Array(logits.length).fill(-Infinity);
    for (let word = 0; word < bits.length; word++) {
      for (let rest = bits[word]!; rest !== 0;) {
        const bit = 31 - Math.clz32(rest & -rest);
        const id = 32 * word + bit;
        allowed[id] = logits[id]!;
        rest &= rest - 1;
      }
    }
    if (!this.#state.isEnd) return allowed;
    if (bits.every((word) => word === 0)) return undefined;
    for (const id of endIds) allowed[id] = logits[id]!;
    return allowed;
  }

  /** Takes a token's bytes; false where they do not fit, and then nothing has changed. */
  push(bytes: Uint8Array): boolean {
    let state: State | null = this.#state;
    for (const byte of bytes) if (!(state &&= this.#recognizer.step(state, byte))) return false;
    this.#state = state!;
    return true;
  }
}
