/**
 * Follows a text through a grammar, byte by byte. A state is the set of all ways to have come this far, each a stack of what is still to come, as in
 * llama.cpp's grammar sampler; equal stacks and equal states exist once, so a state's steps are computed once and then looked up, as in a lazily built
 * finite automaton. Each stack knows how many tokens it takes at least to its end; one that has no end is dropped.
 */
import { ArgumentError } from "../../errors.ts";
import type { Expression, Grammar, Range } from "./grammar.ts";
import { refuseLeftRecursion } from "./left-recursion.ts";
import type { TokenTrie } from "./token-trie.ts";

/** What is still to come: the rest of an expression, and then the frame below. */
interface Frame {
  readonly id: number;
  readonly expression: Expression;
  /** Bytes of a literal, items of a sequence, or turns of a repetition that are done. */
  readonly done: number;
  readonly next: Frame | undefined;
  /** Tokens to the end at least. */
  readonly cost: number;
}

export interface State {
  readonly id: number;
  /** Whether the text may end here. */
  readonly isEnd: boolean;
  /** Whether it must. */
  readonly isFinal: boolean;
  /** How many tokens suffice to reach an end. */
  readonly cost: number;
  /** By class of bytes: what step() returns; undefined where nobody has asked. */
  readonly steps: readonly (State | null | undefined)[];
}

interface FullState extends State {
  readonly frames: readonly Frame[];
  readonly steps: (FullState | null | undefined)[];
}

/** Beyond it a grammar is so ambiguous that each step takes longer than a model. */
const mostFrames = 20_000;
/** Beyond it what is known is forgotten: a state takes about a kilobyte. */
const mostStates = 20_000;

export class Recognizer {
  readonly #grammar: Grammar;
  readonly #trie: TokenTrie;
  /** Byte → its class: bytes that no part of the grammar tells apart are one. */
  readonly classes: Uint8Array;
  readonly #classMembers: number[];
  readonly #costs = new Map<Expression, number>();
  readonly #literalCosts = new Map<Expression, Float64Array>();
  #frames = new Map<string, Frame>();
  #states = new Map<string, FullState>();
  #ids = new WeakMap<Expression, number>();
  #count = 0;
  /** The state before the first byte; undefined where no text fits the grammar, or none of the vocabulary's tokens spell one that does. */
  readonly start: State | undefined;

  /** @throws {ArgumentError} A rule that begins with itself. */
  constructor(grammar: Grammar, trie: TokenTrie) {
    refuseLeftRecursion(grammar);
    this.#grammar = grammar;
    this.#trie = trie;
    this.#measure();
    [this.classes, this.#classMembers] = this.#classify();
    const frames = new Map<number, Frame>();
    const isEnd = this.#expand(this.#push(grammar.root, 0, undefined), frames, new Set());
    this.start = frames.size > 0 || isEnd ? this.#stateOf(frames, isEnd) : undefined;
  }

  /** The state after one more byte; null where it does not fit. */
  step(state: State, byte: number): State | null {
    const { frames, steps } = state as FullState;
    const kind = this.classes[byte]!;
    const known = steps[kind];
    if (known !== undefined) return known;
    const member = this.#classMembers[kind]!;
    const after = new Map<number, Frame>();
    const visited = new Set<Frame>();
    let isEnd = false;
    for (const { expression, done, next } of frames) {
      if (expression.kind === "literal") {
        if (expression.bytes[done] !== member) continue;
        isEnd = this.#expand(this.#push(expression, done + 1, next), after, visited) || isEnd;
      } else if ((expression as { ranges: readonly Range[] }).ranges.some(([from, to]) => member >= from && member <= to)) {
        isEnd = this.#expand(next, after, visited) || isEnd;
      }
    }
    return (steps[kind] = after.size > 0 || isEnd ? this.#stateOf(after, isEnd) : null);
  }

  /** Forgets states when they have become too many. Those that somebody holds go on working. */
  tidy(): boolean {
    if (this.#states.size < mostStates) return false;
    this.#states = new Map();
    this.#frames = new Map();
    (this.start as FullState).steps.length = 0;
    return true;
  }

  /** Adds the frames whose next byte is read, below this one; returns whether the end can be reached without any. */
  #expand(frame: Frame | undefined, into: Map<number, Frame>, visited: Set<Frame>): boolean {
    if (frame === undefined) return true;
    if (frame.cost === Infinity || visited.has(frame)) return false;
    visited.add(frame);
    if (visited.size > mostFrames) {
      throw new ArgumentError(`the grammar leaves more than ${mostFrames} ways to read a text`, {
        hint: "nest fewer repetitions in one another, or bound them lower",
      });
    }
    const { expression, done, next } = frame;
    switch (expression.kind) {
      case "literal":
      case "byte":
        into.set(frame.id, frame);
        return false;
      case "sequence":
        return this.#expand(this.#push(expression.items[done]!, 0, this.#push(expression, done + 1, next)), into, visited);
      case "choice":
        return expression.options.map((option) => this.#expand(this.#push(option, 0, next), into, visited)).includes(true);
      case "repeat": {
        const { item, min, max } = expression;
        const ends = done >= min && this.#expand(next, into, visited);
        // Where there is no maximum, turns beyond the minimum need not be counted.
        const rest = this.#push(expression, max === Infinity ? Math.min(done + 1, min) : done + 1, next);
        return this.#expand(this.#push(item, 0, rest), into, visited) || ends;
      }
      case "rule":
        return this.#expand(this.#push(this.#grammar.rules.get(expression.name)!, 0, next), into, visited);
    }
  }

  /** The frame of these, or the one below where nothing of the expression is left: so a rule that ends with itself takes no room. */
  #push(expression: Expression, done: number, next: Frame | undefined): Frame | undefined {
    if (isDone(expression, done)) return next;
    let id = this.#ids.get(expression);
    if (id === undefined) this.#ids.set(expression, (id = this.#count++));
    const key = `${id},${done},${next?.id ?? ""}`;
    let frame = this.#frames.get(key);
    if (!frame) {
      frame = { id: this.#count++, expression, done, next, cost: this.#restCost(expression, done) + (next?.cost ?? 0) };
      this.#frames.set(key, frame);
    }
    return frame;
  }

  #stateOf(frames: ReadonlyMap<number, Frame>, isEnd: boolean): FullState {
    const sorted = [...frames.values()].sort((one, other) => one.id - other.id);
    const key = `${isEnd}${sorted.map((frame) => frame.id).join()}`;
    let state = this.#states.get(key);
    if (!state) {
      const cost = isEnd ? 0 : sorted.reduce((least, frame) => Math.min(least, frame.cost), Infinity);
      state = { id: this.#count++, frames: sorted, isEnd, isFinal: isEnd && sorted.length === 0, cost, steps: [] };
      this.#states.set(key, state);
    }
    return state;
  }

  /** Tokens that the rest of an expression takes at least. */
  #restCost(expression: Expression, done: number): number {
    switch (expression.kind) {
      case "literal":
        return this.#literalCosts.get(expression)![done]!;
      case "sequence":
        return expression.items.slice(done).reduce((sum, item) => sum + this.#costs.get(item)!, 0);
      case "repeat":
        return done >= expression.min ? 0 : (expression.min - done) * this.#costs.get(expression.item)!;
      default:
        return this.#costs.get(expression)!;
    }
  }

  /** The cost of every expression. Rules may need one another, so it is done until nothing becomes cheaper. */
  #measure(): void {
    const singles = new Set(
      this.#trie.depths.reduce<number[]>((bytes, depth, node) => {
        if (depth === 0 && this.#trie.ids[node]! >= 0) bytes.push(this.#trie.bytes[node]!);
        return bytes;
      }, []),
    );
    const cost = (expression: Expression): number => {
      switch (expression.kind) {
        case "literal": {
          let costs = this.#literalCosts.get(expression);
          if (!costs) this.#literalCosts.set(expression, (costs = this.#trie.fewestTokens(expression.bytes)));
          return costs[0]!;
        }
        case "byte":
          return [...singles].some((byte) => expression.ranges.some(([from, to]) => byte >= from && byte <= to)) ? 1 : Infinity;
        case "sequence":
          return expression.items.reduce((sum, item) => sum + measured(item), 0);
        case "choice":
          return expression.options.reduce((least, option) => Math.min(least, measured(option)), Infinity);
        case "repeat": {
          const item = measured(expression.item);
          return expression.min === 0 ? 0 : expression.min * item;
        }
        case "rule":
          return this.#costs.get(this.#grammar.rules.get(expression.name)!) ?? Infinity;
      }
    };
    let isMeasured = new Set<Expression>(); // in this round: parts may be shared
    const measured = (expression: Expression): number => {
      if (!isMeasured.has(expression)) {
        isMeasured.add(expression);
        this.#costs.set(expression, cost(expression));
      }
      return this.#costs.get(expression)!;
    };
    for (let before = Number.NaN; ;) {
      let sum = 0;
      isMeasured = new Set();
      for (const expression of this.#grammar.rules.values()) sum += Math.min(1e9, measured(expression));
      if (sum === before) break;
      before = sum;
    }
    measured(this.#grammar.root);
  }

  #classify(): [Uint8Array, number[]] {
    let keys = Array.from({ length: 256 }, () => 0);
    const split = (ranges: readonly Range[]): void => {
      const numbers = new Map<number, number>();
      keys = keys.map((key, byte) => {
        const combined = 2 * key + (ranges.some(([from, to]) => byte >= from && byte <= to) ? 1 : 0);
        if (!numbers.has(combined)) numbers.set(combined, numbers.size);
        return numbers.get(combined)!;
      });
    };
    const bytes = new Set<number>();
    for (const expression of this.#costs.keys()) {
      if (expression.kind === "byte") split(expression.ranges);
      if (expression.kind === "literal") for (const byte of expression.bytes) bytes.add(byte);
    }
    for (const byte of bytes) split([[byte, byte]]);
    const members: number[] = [];
    for (const [byte, key] of keys.entries()) members[key] ??= byte;
    return [Uint8Array.from(keys), members];
  }
}

function isDone(expression: Expression, done: number): boolean {
  if (expression.kind === "literal") return done === expression.bytes.length;
  if (expression.kind === "sequence") return done === expression.items.length;
  return expression.kind === "repeat" && done === expression.max;
}
