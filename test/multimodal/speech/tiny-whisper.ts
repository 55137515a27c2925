/** A Whisper of a few hundred numbers, and a vocabulary of bytes, as files have them. */
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";
import { characterOf } from "../../../kernel-helpers/tokenizer/byte-alphabet.ts";

export interface Weight {
  shape: readonly number[];
  numbers: Float32Array;
}

const [width, hidden, bands, positions, room, vocabSize] = [16, 24, 8, 50, 32, 1766];

/** Random weights by CTranslate2's names: one second of sound, two layers on each side, two heads. */
export function tinyWhisper(seed: number): Map<string, Weight> {
  const random = createRandom(seed);
  const weights = new Map<string, Weight>();
  const add = (name: string, ...shape: number[]): void => {
    const count = shape.reduce((product, size) => product * size, 1);
    weights.set(name, { shape, numbers: Float32Array.from({ length: count }, () => 0.3 * random.normal()) });
  };
  const linear = (name: string, outputs: number, inputs: number): void => {
    add(`${name}/weight`, outputs, inputs);
    add(`${name}/bias`, outputs);
  };
  const norm = (name: string): void => {
    add(`${name}/gamma`, width);
    add(`${name}/beta`, width);
  };
  add("encoder/conv1/weight", width, bands, 3);
  add("encoder/conv1/bias", width);
  add("encoder/conv2/weight", width, width, 3);
  add("encoder/conv2/bias", width);
  add("encoder/position_encodings/encodings", positions, width);
  add("decoder/position_encodings/encodings", room, width);
  add("decoder/embeddings/weight", vocabSize, width);
  for (const side of ["encoder", "decoder"]) {
    for (const layer of [0, 1]) {
      const at = `${side}/layer_${layer}`;
      norm(`${at}/self_attention/layer_norm`);
      linear(`${at}/self_attention/linear_0`, 3 * width, width);
      linear(`${at}/self_attention/linear_1`, width, width);
      if (side === "decoder") {
        norm(`${at}/attention/layer_norm`);
        linear(`${at}/attention/linear_0`, width, width);
        linear(`${at}/attention/linear_1`, 2 * width, width);
        linear(`${at}/attention/linear_2`, width, width);
      }
      norm(`${at}/ffn/layer_norm`);
      linear(`${at}/ffn/linear_0`, hidden, width);
      linear(`${at}/ffn/linear_1`, width, hidden);
    }
    norm(`${side}/layer_norm`);
  }
  return weights;
}

/** The weights in CTranslate2's format, as float32. */
export function ctranslate2File(weights: ReadonlyMap<string, Weight>): Buffer {
  const parts: Buffer[] = [];
  const integer = (value: number, size: number): void => {
    const bytes = Buffer.alloc(size);
    bytes.writeUIntLE(value, 0, size);
    parts.push(bytes);
  };
  const text = (value: string): void => {
    integer(value.length + 1, 2);
    parts.push(Buffer.from(`${value}\0`));
  };
  const variable = (name: string, shape: readonly number[], type: number, bytes: Buffer): void => {
    text(name);
    integer(shape.length, 1);
    for (const size of shape) integer(size, 4);
    integer(type, 1);
    integer(bytes.length, 4);
    parts.push(bytes);
  };
  integer(6, 4);
  text("WhisperSpec");
  integer(3, 4);
  integer(weights.size + 2, 4);
  for (const side of ["encoder", "decoder"]) variable(`${side}/num_heads`, [], 2, Buffer.from([2, 0]));
  for (const [name, { shape, numbers }] of weights) variable(name, shape, 0, Buffer.from(numbers.buffer));
  integer(1, 4);
  text("decoder/projection/weight");
  text("decoder/embeddings/weight");
  return Buffer.concat(parts);
}

/** The 256 bytes, each with the id of its number, and all that Whisper's vocabulary has besides. */
export function tinyTokenizer(): object {
  const vocab = Object.fromEntries(characterOf.map((letter, byte) => [letter, byte]));
  const names = ["endoftext", "startoftranscript", "en", "zh", "translate", "transcribe", "startofprev", "nospeech", "notimestamps"];
  const added = [...names.map((name) => `<|${name}|>`), ...Array.from({ length: 1501 }, (_, step) => `<|${(step * 0.02).toFixed(2)}|>`)];
  return {
    version: "1.0",
    added_tokens: added.map((content, index) => ({ id: 256 + index, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: index < names.length })), // prettier-ignore
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", vocab, merges: [] },
  };
}
