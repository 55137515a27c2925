/** Speech against transformers: the same spectrogram, the same logits from the same weights, the same text. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { logMelSpectrogram, readAudio, Whisper } from "../../kernel-helpers/multimodal/index.ts";
import { WindowDecoder } from "../../kernel-helpers/multimodal/speech/whisper/decode.ts";
import { WhisperEngine, type HeardSound } from "../../kernel-helpers/multimodal/speech/whisper/engine.ts";
import { WhisperTokens } from "../../kernel-helpers/multimodal/speech/whisper/tokens.ts";
import { readObject } from "../../kernel-helpers/multimodal/speech/whisper/json-file.ts";
import { askPeer } from "./ask-peer.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-speech-"));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);
const numbersOf = (file: string): Float32Array => new Float32Array(Uint8Array.from(readFileSync(file)).buffer);
const farthest = (a: Float32Array, b: Float32Array): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
};

const sounds: Record<string, Float32Array> = {};
beforeAll(async () => {
  for (const name of ["english", "chinese"]) {
    sounds[name] = (await readAudio(`test/multimodal/speech/sounds/${name}.wav`)).samples;
    writeFileSync(at(name), sounds[name]);
  }
});

const padded = (samples: Float32Array): Float32Array => {
  const window = new Float32Array(30 * 16_000);
  window.set(samples);
  return window;
};

test("the log-mel spectrogram is WhisperFeatureExtractor's", () => {
  askPeer("speech.py", { do: "mel", file: at("english"), into: at("mel") });
  expect(farthest(logMelSpectrogram(sounds["english"]!).data, numbersOf(at("mel")))).toBeLessThan(2e-4);
});

/** How far the encoder's output and the logits are from transformers', read at once and piece by piece over the cache. */
function distances(engine: WhisperEngine, sound: HeardSound, ids: readonly number[]): { encoded: number; logits: number } {
  const theirs = numbersOf(at("logits"));
  const size = engine.config.vocabSize;
  const row = (index: number): Float32Array => theirs.subarray(index * size, (index + 1) * size);
  const whole = farthest(engine.decode(sound, ids, 0, [...ids.keys()]), theirs);
  const first = farthest(engine.decode(sound, ids.slice(0, 3), 0), row(2));
  const others = ids.slice(3).map((id, index) => farthest(engine.decode(sound, [id], index + 3), row(index + 3)));
  return { encoded: farthest(sound.encoded, numbersOf(at("logits.encoded"))), logits: Math.max(whole, first, ...others) };
}

test("a small random Whisper in transformers' files has its logits, with the cache and without", async () => {
  const ids = [3, 7, 9, 11, 5, 100];
  askPeer("speech.py", { do: "make", folder: at("tiny"), samples: at("english"), ids, into: at("logits") });
  using engine = await WhisperEngine.load(at("tiny"));
  const sound = engine.encode(logMelSpectrogram(padded(sounds["english"]!)).data);
  const { encoded, logits } = distances(engine, sound, ids);
  expect(encoded).toBeLessThan(1e-4);
  expect(logits).toBeLessThan(1e-5);
});

describe("Whisper base, in CTranslate2's file", () => {
  const ids = [50258, 50259, 50359, 50364, 2048, 380, 257];
  let model: string;
  let engine: WhisperEngine;
  let generated: number[][];
  beforeAll(async () => {
    model = (await fetchModel("whisper-base")).folder;
    engine = await WhisperEngine.load(model);
    const clips = [
      { samples: at("english"), language: "en" },
      { samples: at("chinese"), language: "zh" },
    ];
    generated = askPeer("speech.py", { do: "base", folder: model, samples: at("english"), ids, into: at("logits"), clips }) as number[][];
    return () => engine.close();
  });

  test("has the logits of transformers with the same weights", () => {
    const sound = engine.encode(logMelSpectrogram(padded(sounds["english"]!)).data);
    const { encoded, logits } = distances(engine, sound, ids);
    expect(encoded).toBeLessThan(5e-3);
    expect(logits).toBeLessThan(1e-3);
  });

  test.each([
    ["english", "en", 0],
    ["chinese", "zh", 1],
  ] as const)("writes of %s what transformers' generate() writes, times included", async (name, language, index) => {
    const tokens = await WhisperTokens.load(path.join(model, "tokenizer.json"));
    const config = (await readObject(path.join(model, "config.json"))) as Record<string, number[]>;
    const decoder = new WindowDecoder(engine, tokens, { always: config["suppress_ids"]!, atFirst: config["suppress_ids_begin"]! });
    const sound = engine.encode(logMelSpectrogram(padded(sounds[name]!)).data);
    const prompt = tokens.prompt(language, "transcribe");
    const options = { prompt, timestamps: true, temperatures: [0], seed: 0, signal: new AbortController().signal };
    const theirs = generated[index]!.filter((id) => id !== tokens.endOfText && !prompt.includes(id));
    expect((await decoder.decode(sound, options)).ids).toEqual(theirs);
  });

  test("transcribes a clip of two sentences, with their times", async () => {
    using whisper = await Whisper.load();
    const { language, segments } = await whisper.transcribe({ samples: sounds["english"]!, sampleRate: 16_000 });
    expect(language).toBe("en");
    expect(segments.map(({ text }) => text)).toEqual([
      expect.stringMatching(/new ?comer .* first three months/),
      expect.stringMatching(/passport and the signed contract/),
    ]);
    expect(Math.abs(segments[1]!.start - 4.4)).toBeLessThan(0.6); // the second begins 1 s after the end of the first
  });
});
