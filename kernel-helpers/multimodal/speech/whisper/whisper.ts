/** Whisper (Radford et al. 2022, arXiv:2212.04356): speech in a hundred languages becomes text with times. */
import { existsSync } from "node:fs";
import path from "node:path";
import { HelperError } from "../../../errors.ts";
import { fetchModel } from "../../../models/index.ts";
import { checkThreads } from "../../../onnx/index.ts";
import { argumentError, checkArray, checkBoolean, checkChoice, checkFunction, checkInteger, checkNumber, checkOptions, checkSignal, checkText } from "../../../runtime/check.ts"; // prettier-ignore
import { interruptible } from "../../../runtime/interrupt.ts";
import { createProgress } from "../../../runtime/progress.ts";
import { checkClip, durationOf, speechRate, type AudioClip } from "../audio/audio-clip.ts";
import { hopSize, logMelSpectrogram } from "../audio/log-mel.ts";
import { SileroVad } from "../silero-vad.ts";
import type { TimeSpan } from "../time-span.ts";
import { softmax } from "../../softmax.ts";
import { isSilence, WindowDecoder, type Decoded } from "./decode.ts";
import { WhisperEngine, type HeardSound } from "./engine.ts";
import { readObject } from "./json-file.ts";
import { segmentsOf } from "./segments-of.ts";
import { WhisperTokens, type SpeechTask } from "./tokens.ts";
import { joinSpans } from "./windows.ts";

export interface WhisperLoadOptions {
  /** CPU threads. @default one for each physical core */
  threads?: number;
  signal?: AbortSignal;
}

export interface TranscribeOptions {
  /** A code such as "en" or "zh". @default what the beginning sounds like */
  language?: string;
  /** "translate" writes English, whatever is spoken. @default "transcribe" */
  task?: SpeechTask;
  /** Text that might have come before: names and spellings in it become likelier, and so does its script. */
  prompt?: string;
  /** Whether text is cut into segments with times. Without them there is one for each window. @default true */
  timestamps?: boolean;
  /** Whether silence is left out, as Silero VAD finds it; without it the sound is cut every 30 s. @default true */
  vad?: boolean;
  /** Tried one after the other until a text is neither unlikely nor goes round in circles. @default [0, 0.2, 0.4, 0.6, 0.8, 1] */
  temperatures?: readonly number[];
  /** Of what is drawn at temperatures above 0. @default 0 */
  seed?: number;
  /** Called with each segment as it is there. */
  onSegment?: (segment: TranscriptSegment) => void;
  signal?: AbortSignal;
}

export interface TranscriptSegment extends TimeSpan {
  text: string;
  /** Mean log-probability of its window's tokens. */
  avgLogProbability: number;
  noSpeechProbability: number;
  /** At which it was written: above 0 the greedy text was refused. */
  temperature: number;
}

export interface Transcript {
  language: string;
  text: string;
  segments: TranscriptSegment[];
}

const optionNames = ["language", "task", "prompt", "timestamps", "vad", "temperatures", "seed", "onSegment", "signal"];
const allTemperatures = [0, 0.2, 0.4, 0.6, 0.8, 1];

export class Whisper implements Disposable {
  /** Codes of the languages it knows. */
  readonly languages: readonly string[];
  readonly #engine: WhisperEngine;
  readonly #tokens: WhisperTokens;
  readonly #decoder: WindowDecoder;
  #vad: SileroVad | undefined;

  private constructor(engine: WhisperEngine, tokens: WhisperTokens, decoder: WindowDecoder) {
    this.#engine = engine;
    this.#tokens = tokens;
    this.#decoder = decoder;
    this.languages = [...tokens.languages.keys()];
  }

  /**
   * @param name "whisper-base" of the manifest (145 MB); a repository of the hub in CTranslate2's format, such as "Systran/faster-whisper-small", or in
   *   transformers', such as "openai/whisper-tiny"; or a folder with such files.
   */
  static async load(name: string = "whisper-base", options: WhisperLoadOptions = {}): Promise<Whisper> {
    checkText("name", name, { allowEmpty: false });
    checkOptions("options", options, ["threads", "signal"]);
    const { threads, signal } = options;
    if (threads !== undefined) checkThreads(threads);
    checkSignal("signal", signal);
    const folder = await findFolder(name, signal);
    const tokens = await WhisperTokens.load(path.join(folder, "tokenizer.json"));
    const forbidden = await readForbidden(folder, tokens);
    signal?.throwIfAborted();
    const engine = await WhisperEngine.load(folder, { threads });
    return new Whisper(engine, tokens, new WindowDecoder(engine, tokens, forbidden));
  }

  /** Seconds that are read at once. */
  get windowSeconds(): number {
    return (2 * this.#engine.config.audioPositions * hopSize) / speechRate;
  }

  /** @param clip At 16 kHz; its first 30 s count. @returns Probabilities by language, the likeliest first. */
  async detectLanguage(clip: AudioClip, options: { signal?: AbortSignal } = {}): Promise<{ language: string; probability: number }[]> {
    checkSpeech(clip);
    checkOptions("options", options, ["signal"]);
    checkSignal("signal", options.signal);
    using interrupt = await interruptible(options.signal);
    interrupt.signal.throwIfAborted();
    return this.#languagesOf(this.#hear(clip, { start: 0, end: this.windowSeconds }));
  }

  /**
   * Writes down what is said.
   *
   * @param clip At 16 kHz and of any length, as readAudio gives it.
   * @returns Segments in order, with times in the clip. A clip without speech has none.
   */
  async transcribe(clip: AudioClip, options: TranscribeOptions = {}): Promise<Transcript> {
    checkSpeech(clip);
    this.#checkOptions(options);
    const {
      task = "transcribe",
      prompt: previous = "",
      timestamps = true,
      vad = true,
      temperatures = allTemperatures,
      seed = 0,
      onSegment,
    } = options;
    using interrupt = await interruptible(options.signal);
    const { signal } = interrupt;
    signal.throwIfAborted();
    const windows = vad ? await this.#speechWindows(clip, signal) : evenWindows(durationOf(clip), this.windowSeconds);
    const progress = createProgress({ label: "transcribing", total: Math.round(durationOf(clip)), unit: "s of sound" });
    const segments: TranscriptSegment[] = [];
    let { language } = options;
    try {
      for (const window of windows) {
        for (let { start } = window; start < window.end;) {
          signal.throwIfAborted();
          const span = { start, end: Math.min(window.end, start + this.windowSeconds) };
          const sound = this.#hear(clip, span);
          language ??= this.#languagesOf(sound)[0]!.language;
          const prompt = this.#tokens.prompt(language, task, { previous, timestamps, room: this.#engine.config.textPositions / 2 - 1 });
          const decoded = await this.#decoder.decode(sound, { prompt, timestamps, temperatures, seed, signal });
          const { found, next } = this.#read(decoded, span);
          for (const segment of found) {
            segments.push(segment);
            onSegment?.(segment);
          }
          start = next;
          progress.update(Math.round(start));
        }
      }
    } finally {
      progress.close();
    }
    const isSpaced = !/^(zh|ja|th|lo|my|yue)$/.test(language ?? "");
    return { language: language ?? "", text: segments.map(({ text }) => text).join(isSpaced ? " " : ""), segments };
  }

  close(): void {
    this.#engine.close();
    this.#vad?.close();
    this.#vad = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkOptions(options: TranscribeOptions): void {
    checkOptions("options", options, optionNames);
    const { language, task, prompt, timestamps, vad, temperatures, seed, onSegment, signal } = options;
    if (language !== undefined) checkChoice("language", language, this.languages);
    if (task !== undefined) checkChoice("task", task, ["transcribe", "translate"]);
    if (prompt !== undefined) checkText("prompt", prompt);
    if (timestamps !== undefined) checkBoolean("timestamps", timestamps);
    if (vad !== undefined) checkBoolean("vad", vad);
    if (temperatures !== undefined)
      checkArray("temperatures", temperatures, (name, item) => checkNumber(name, item, { min: 0 }), { allowEmpty: false });
    if (seed !== undefined) checkInteger("seed", seed);
    if (onSegment !== undefined) checkFunction("onSegment", onSegment);
    checkSignal("signal", signal);
  }

  async #speechWindows(clip: AudioClip, signal: AbortSignal): Promise<TimeSpan[]> {
    this.#vad ??= await SileroVad.load({ signal });
    const most = this.windowSeconds - 1; // so that no window ends at the very last time token
    return joinSpans(await this.#vad.segments(clip, { maxSpeech: most, pad: 0.2, signal }), most);
  }

  #hear({ samples }: AudioClip, { start, end }: TimeSpan): HeardSound {
    const window = new Float32Array(this.windowSeconds * speechRate);
    window.set(samples.subarray(Math.round(start * speechRate), Math.round(end * speechRate)).subarray(0, window.length));
    return this.#engine.encode(logMelSpectrogram(window, this.#engine.config.bands).data);
  }

  #languagesOf(sound: HeardSound): { language: string; probability: number }[] {
    const logits = this.#engine.decode(sound, [this.#tokens.startOfTranscript], 0);
    const languages = [...this.#tokens.languages];
    const shares = softmax(Float32Array.from(languages, ([, id]) => logits[id]!));
    return languages.map(([language], index) => ({ language, probability: shares[index]! })).sort((a, b) => b.probability - a.probability);
  }

  /** What was said, and where to go on: at the window's end, unless the text ran out of room before. */
  #read(decoded: Decoded, span: TimeSpan): { found: TranscriptSegment[]; next: number } {
    if (isSilence(decoded)) return { found: [], next: span.end };
    const { avgLogProbability, noSpeechProbability, temperature, isFinished, ids } = decoded;
    const written = segmentsOf(ids, this.#tokens, span.end - span.start);
    const closed = written.filter(({ isClosed }) => isClosed);
    const last = closed.at(-1);
    const isCutShort = !isFinished && last !== undefined && last.end > 0;
    const kept = isCutShort ? closed : written;
    const found = kept.map(({ start, end, text }) => ({ start: span.start + start, end: span.start + end, text, avgLogProbability, noSpeechProbability, temperature })); // prettier-ignore
    return { found, next: isCutShort ? span.start + last.end : span.end };
  }
}

async function findFolder(name: string, signal: AbortSignal | undefined): Promise<string> {
  if (existsSync(path.join(name, "tokenizer.json"))) return name;
  if (path.isAbsolute(name) || name.startsWith("."))
    throw argumentError("name", "a folder with tokenizer.json and a Whisper's weights", name);
  return (await (name.includes("/") ? fetchFromHub(name, signal) : fetchModel(name, { signal }))).folder;
}

/** The files of a repository in transformers' format, or else in CTranslate2's. */
async function fetchFromHub(name: string, signal: AbortSignal | undefined): Promise<{ folder: string }> {
  const both = ["config.json", "tokenizer.json"];
  try {
    return await fetchModel(name, { signal, files: ["model.safetensors", "generation_config.json", ...both] });
  } catch (error) {
    if (!HelperError.is(error) || error.facts["argument"] !== "files") throw error;
    return fetchModel(name, { signal, files: ["model.bin", ...both] });
  }
}

/** What the model's files say may not come. */
async function readForbidden(folder: string, tokens: WhisperTokens): Promise<{ always: number[]; atFirst: number[] }> {
  const generation = path.join(folder, "generation_config.json");
  const config = await readObject(existsSync(generation) ? generation : path.join(folder, "config.json"));
  const list = (...names: string[]): number[] => (names.map((name) => config[name]).find(Array.isArray) as number[] | undefined) ?? [];
  const { startOfTranscript, startOfPrevious, noSpeech } = tokens;
  const prompts = [startOfTranscript, startOfPrevious, noSpeech, tokens.taskId("transcribe"), tokens.taskId("translate")];
  return { always: [...list("suppress_ids", "suppress_tokens"), ...prompts], atFirst: list("suppress_ids_begin", "begin_suppress_tokens") };
}

function checkSpeech(clip: AudioClip): void {
  const { sampleRate } = checkClip("clip", clip);
  if (sampleRate === speechRate) return;
  throw argumentError("clip.sampleRate", `${speechRate}`, sampleRate, { hint: "resample(samples, from, 16000) makes it so" });
}

function evenWindows(duration: number, length: number): TimeSpan[] {
  return Array.from({ length: Math.ceil(duration / length) }, (_, index) => ({
    start: index * length,
    end: Math.min(duration, (index + 1) * length),
  }));
}
