/**
 * A film made searchable: vectors of frames and a transcript, both with their times. An hour of film is some thousand vectors and pages of text, so a question reads what
 * it needs and not the hour.
 */
import { Bm25 } from "../../retrieval/index.ts";
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkArray, checkFunction, checkInstance, checkInteger, checkText } from "../../runtime/check.ts";
import { createProgress } from "../../runtime/progress.ts";
import { readAudio } from "../speech/audio/read-audio.ts";
import type { TimeSpan } from "../speech/time-span.ts";
import type { TranscriptSegment, Whisper } from "../speech/whisper/whisper.ts";
import type { RgbImage } from "../images/rgb-image.ts";
import { unit } from "../unit.ts";
import { checkFrameOptions, readFrames, type FrameOptions } from "./frames.ts";
import { probeVideo } from "./probe.ts";

/** A frame of the index: when, and its vector, of length 1. */
export interface IndexedFrame {
  time: number;
  vector: Float32Array;
}

export interface VideoIndexOptions extends FrameOptions {
  /** Images → vectors, one each: an ImageClassifier's or a CLIP's `embed`. Without it frames are left out. */
  embedImages?: (images: readonly RgbImage[], options: { signal?: AbortSignal }) => Promise<readonly Float32Array[]>;
  /** What writes down the sound; without it, or without sound, there is no transcript. It stays open. */
  whisper?: Pick<Whisper, "transcribe">;
  /** Spoken language. @default what the beginning sounds like */
  language?: string;
}

/** A stretch of the film that fits what was looked for. */
export interface Moment extends TimeSpan {
  /** Where it fits best: the time of its best frame, or its start. */
  time: number;
  /** Cosine for frames, BM25 for speech: the higher, the better it fits. */
  score: number;
  /** What is said. */
  text?: string;
}

/** Frames that are embedded at once. */
const batch = 16;

export class VideoIndex {
  readonly duration: number;
  readonly frames: readonly IndexedFrame[];
  readonly segments: readonly Pick<TranscriptSegment, "start" | "end" | "text">[];
  readonly #speech: Bm25 | undefined;

  /** From frames and segments that are there already, such as those of a file. */
  constructor(parts: {
    duration: number;
    frames: readonly IndexedFrame[];
    segments: readonly Pick<TranscriptSegment, "start" | "end" | "text">[];
  }) {
    const { duration, frames, segments } = parts;
    checkArray("frames", frames, (name, frame) =>
      checkInstance(`${name}.vector`, (frame as IndexedFrame | undefined)?.vector, Float32Array),
    );
    checkArray("segments", segments, (name, segment) => checkText(`${name}.text`, (segment as TranscriptSegment | undefined)?.text));
    this.duration = duration;
    this.frames = frames.map(({ time, vector }) => ({ time, vector: unit(vector) }));
    this.segments = segments;
    if (segments.length > 0) this.#speech = new Bm25(segments.map(({ text }) => text));
  }

  /** Reads a film: its frames by rate or by scene, its sound by Whisper. */
  static async build(file: string, options: VideoIndexOptions = {}): Promise<VideoIndex> {
    checkFrameOptions(options, ["embedImages", "whisper", "language"]);
    const { embedImages, whisper, language, ...frameOptions } = options;
    if (embedImages !== undefined) checkFunction("embedImages", embedImages);
    if (language !== undefined) checkText("language", language, { allowEmpty: false });
    const signal = options.signal && { signal: options.signal };
    const { duration, hasSound } = await probeVideo(file, signal);
    const frames = embedImages ? await embedFrames(file, duration, embedImages, frameOptions) : [];
    const sound = whisper && hasSound ? await readAudio(file, signal) : undefined;
    const transcript = sound && (await whisper!.transcribe(sound, { ...signal, ...(language !== undefined && { language }) }));
    return new VideoIndex({ duration, frames, segments: transcript?.segments ?? [] });
  }

  /**
   * Moments whose frames look like a vector, best first. Neighbouring frames are one moment, from the first to where the frame after the last is shown.
   *
   * @param vector Of an image, or of a text where the same model embeds both.
   */
  findFrames(vector: Float32Array, options: { topK?: number } = {}): Moment[] {
    const width = this.frames[0]?.vector.length;
    if (width === undefined) return [];
    checkInstance("vector", vector, Float32Array);
    if (vector.length !== width) throw argumentError("vector", `of ${width} numbers, as the frames' are`, vector);
    const topK = checkInteger("topK", options.topK ?? 5, { min: 1 });
    const wanted = unit(vector);
    const scores = this.frames.map((frame) => frame.vector.reduce((sum, number, at) => sum + number * wanted[at]!, 0));
    const middle = medianOf(scores);
    const order = scores.map((_, index) => index).sort((a, b) => scores[b]! - scores[a]! || a - b);
    const taken = new Set<number>();
    const moments: Moment[] = [];
    for (const best of order) {
      if (moments.length === topK) break;
      if (taken.has(best)) continue;
      const least = scores[best]! - alike * Math.abs(scores[best]! - middle);
      const fits = (index: number): boolean => index in scores && !taken.has(index) && scores[index]! >= least;
      let [first, last] = [best, best];
      while (fits(first - 1)) first--;
      while (fits(last + 1)) last++;
      for (let index = first; index <= last; index++) taken.add(index);
      moments.push({
        time: this.frames[best]!.time,
        start: this.frames[first]!.time,
        end: this.frames[last + 1]?.time ?? this.duration,
        score: scores[best]!,
      });
    }
    return moments;
  }

  /** Moments at which words of the text are said, best first, by BM25. */
  findSpeech(text: string, options: { topK?: number } = {}): Moment[] {
    const topK = checkInteger("topK", options.topK ?? 5, { min: 1 });
    checkText("text", text, { allowEmpty: false });
    return (this.#speech?.search(text, { topK }) ?? []).map(({ index, score }) => {
      const { start, end, text: said } = this.segments[index]!;
      return { time: start, start, end, text: said, score };
    });
  }

  /**
   * Which of two is seen or heard first: each a text that is said, or a vector of what is seen.
   *
   * @returns 0 or 1, and the moments that say so.
   * @throws {ArgumentError} One of them is nowhere. Facts: missing (0 or 1).
   */
  whichFirst(pair: readonly [string | Float32Array, string | Float32Array]): { first: 0 | 1; moments: [Moment, Moment] } {
    const [a, b] = pair.map((wanted, index) => {
      const [moment] = typeof wanted === "string" ? this.findSpeech(wanted, { topK: 1 }) : this.findFrames(wanted, { topK: 1 });
      if (moment) return moment;
      throw new ArgumentError(`what is asked for at ${index} is nowhere in the film`, {
        hint: "ask for words that are said, or pass a vector",
        facts: { missing: index },
      });
    }) as [Moment, Moment];
    return { first: a.time <= b.time ? 0 : 1, moments: [a, b] };
  }
}

/** A moment reaches as far as its frames' scores fall no more than this share of the way from the best score to the middle one. */
const alike = 0.25;

function medianOf(scores: readonly number[]): number {
  return [...scores].sort((a, b) => a - b)[Math.floor(scores.length / 2)]!;
}

async function embedFrames(
  file: string,
  duration: number,
  embedImages: NonNullable<VideoIndexOptions["embedImages"]>,
  options: FrameOptions,
): Promise<IndexedFrame[]> {
  const signal = options.signal && { signal: options.signal };
  const progress = createProgress({ label: "reading frames", total: Math.round(duration), unit: "s of film" });
  const frames: IndexedFrame[] = [];
  let waiting: { time: number; image: RgbImage }[] = [];
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const vectors = await embedImages(waiting.map(({ image }) => image), { ...signal }); // prettier-ignore
    if (vectors.length !== waiting.length) throw argumentError("what embedImages returns", `${waiting.length} vectors`, vectors);
    for (const [index, { time }] of waiting.entries()) frames.push({ time, vector: vectors[index]! });
    progress.update(Math.round(waiting.at(-1)!.time));
    waiting = [];
  };
  try {
    for await (const frame of readFrames(file, options)) {
      waiting.push(frame);
      if (waiting.length === batch) await flush();
    }
    await flush();
    return frames;
  } finally {
    progress.close();
  }
}
