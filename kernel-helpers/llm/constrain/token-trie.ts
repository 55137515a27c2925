/** All tokens of a vocabulary as a tree of their bytes, so that a whole family is dropped at the first byte that does not fit. */
import type { Tokenizer } from "../../tokenizer/index.ts";

const noId = -1;

/** The tree in preorder, in flat tables: a walk goes through them from left to right, and jumps where it drops a branch. */
export class TokenTrie {
  /** How many ids logits have. */
  readonly size: number;
  /** By node: its byte, its depth (0 for a token's first byte), the node after its branch, and the first id that ends here, or -1. */
  readonly bytes: Uint8Array;
  readonly depths: Uint16Array;
  readonly ends: Int32Array;
  readonly ids: Int32Array;
  /** By id: the next id of the same bytes, or -1. */
  readonly twins: Int32Array;
  /** The length of the longest token. */
  readonly deepest: number;

  /**
   * @param size How many ids logits have; a model may have more than its tokenizer.
   * @param special Special tokens that count by their text, such as <tool_call>; the others never fit.
   */
  constructor(tokenizer: Tokenizer, size: number, special: readonly string[] = []) {
    this.size = size;
    const left = new Set([...tokenizer.specialTokens].filter(([text]) => !special.includes(text)).map(([, id]) => id));
    const tokens: { text: string; id: number }[] = [];
    for (let id = 0; id < Math.min(size, tokenizer.vocabSize); id++) {
      if (!tokenizer.has(id) || left.has(id)) continue;
      const text = Buffer.from(tokenizer.bytesOf(id)).toString("latin1"); // a character for each byte, in the bytes' order
      if (text !== "") tokens.push({ text, id });
    }
    tokens.sort((one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : one.id - other.id));
    const [bytes, depths, ends, ids]: [number[], number[], number[], number[]] = [[], [], [], []];
    this.twins = new Int32Array(size).fill(noId);
    const path: number[] = []; // the nodes of the token before
    let before = { text: "", id: noId };
    for (const token of tokens) {
      if (token.text === before.text) this.twins[before.id] = token.id;
      else {
        let shared = 0;
        while (shared < before.text.length && before.text[shared] === token.text[shared]) shared++;
        for (const node of path.splice(shared)) ends[node] = bytes.length;
        for (let depth = shared; depth < token.text.length; depth++) {
          path.push(bytes.length);
          bytes.push(token.text.charCodeAt(depth));
          depths.push(depth);
          ends.push(0);
          ids.push(noId);
        }
        ids[path.at(-1)!] = token.id;
      }
      before = token;
    }
    for (const node of path) ends[node] = bytes.length;
    this.bytes = Uint8Array.from(bytes);
    this.depths = Uint16Array.from(depths);
    this.ends = Int32Array.from(ends);
    this.ids = Int32Array.from(ids);
    this.deepest = depths.reduce((most, depth) => Math.max(most, depth + 1), 0);
  }

  /** From each place in the bytes on: how many tokens suffice to write the rest; Infinity where none do. */
  fewestTokens(bytes: Uint8Array): Float64Array {
    const fewest = new Float64Array(bytes.length + 1).fill(Infinity);
    fewest[bytes.length] = 0;
    for (let start = bytes.length - 1; start >= 0; start--) {
      let [node, end] = [0, this.bytes.length]; // the first child, and where the children end
      for (let at = start; at < bytes.length && node < end; at++) {
        while (node < end && this.bytes[node] !== bytes[at]) node = this.ends[node]!;
        if (node >= end) break;
        if (this.ids[node] !== noId) fewest[start] = Math.min(fewest[start]!, 1 + fewest[at + 1]!);
        [node, end] = [node + 1, this.ends[node]!];
      }
    }
    return fewest;
  }
}
