import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAudio, SileroVad, speechSegments } from "../../../kernel-helpers/multimodal/index.ts";
import { joinSpans } from "../../../kernel-helpers/multimodal/speech/whisper/windows.ts";

describe("stretches of speech", () => {
  const frames = (...runs: [count: number, probability: number][]): Float32Array =>
    Float32Array.from(runs.flatMap(([count, probability]) => Array.from({ length: count }, () => probability)));
  const found = (probabilities: Float32Array, options: Parameters<typeof speechSegments>[1] = {}): number[][] =>
    speechSegments(probabilities, { pad: 0, ...options }).map(({ start, end }) => [Math.round(start / 0.032), Math.round(end / 0.032)]);

  test("begin at the threshold, and end 0.15 below it after a pause", () => {
    expect(found(frames([10, 0], [20, 0.9], [10, 0]))).toEqual([[10, 30]]);
    expect(found(frames([10, 0.4], [20, 0.6], [10, 0.4]))).toEqual([[10, 40]]); // 0.4 is not low enough to end it
    expect(found(frames([20, 0.9], [2, 0], [20, 0.9]))).toEqual([[0, 42]]); // 64 ms are no pause
    expect(found(frames([20, 0.9], [4, 0], [20, 0.9]))).toEqual([[0, 20], [24, 44]]); // prettier-ignore
    expect(found(frames([20, 0.9], [4, 0], [20, 0.9]), { minSilence: 0.2 })).toEqual([[0, 44]]);
  });

  test("last 0.25 s at least", () => {
    expect(found(frames([5, 0], [7, 0.9], [5, 0]))).toEqual([]);
    expect(found(frames([5, 0], [8, 0.9], [5, 0]))).toEqual([[5, 13]]);
  });

  test("get some room on either side, and share a short pause", () => {
    const spans = speechSegments(frames([1, 0], [20, 0.9], [4, 0], [20, 0.9], [20, 0]), { pad: 0.1 });
    expect(spans.map(({ start, end }) => [start, end].map((time) => Number(time.toFixed(3))))).toEqual([[0, 0.736], [0.736, 1.54]]); // prettier-ignore
  });

  test("that are too long are cut where speech is least likely", () => {
    expect(found(frames([20, 0.9], [1, 0.6], [20, 0.9]), { maxSpeech: 1 })).toEqual([[0, 20], [20, 41]]); // prettier-ignore
  });

  test("are joined to windows, unless there is a long pause between", () => {
    const spans = [[0, 5], [6, 9], [12, 14], [14.5, 28], [28.5, 31]].map(([start, end]) => ({ start: start!, end: end! })); // prettier-ignore
    expect(joinSpans(spans, 20).map(({ start, end }) => [start, end])).toEqual([[0, 9], [12, 31]]); // prettier-ignore
    expect(joinSpans(spans, 16).map(({ start, end }) => [start, end])).toEqual([[0, 9], [12, 28], [28.5, 31]]); // prettier-ignore
  });
});

describe("Silero VAD", () => {
  let vad: SileroVad;
  beforeAll(async () => {
    vad = await SileroVad.load();
  });
  afterAll(() => vad.close());

  test("finds two sentences and the pause of more than a second between them", async () => {
    const clip = await readAudio("test/multimodal/speech/sounds/english.wav"); // 0 to 3.1 s, and from 4.4 s on
    const spans = await vad.segments(clip, { minSilence: 0.5 });
    expect(spans).toHaveLength(2);
    expect(spans[0]!.start).toBeLessThan(0.3);
    expect(spans[0]!.end).toBeCloseTo(3.2, 0);
    expect(spans[1]!.start).toBeCloseTo(4.4, 0);
    expect(spans[1]!.end).toBeLessThanOrEqual(clip.samples.length / 16_000);
  });

  test("hears none in silence and in noise, and says what it takes", async () => {
    const noise = Float32Array.from({ length: 32_000 }, (_, index) => 0.1 * (((index * 7919) % 1000) / 500 - 1));
    expect(await vad.segments({ samples: noise, sampleRate: 16_000 })).toEqual([]);
    expect(await vad.segments({ samples: new Float32Array(16_000), sampleRate: 16_000 })).toEqual([]);
    await expect(vad.segments({ samples: noise, sampleRate: 8000 })).rejects.toThrow(
      "clip.sampleRate must be 16000, got 8000\n  hint: resample(samples, from, 16000) makes it so",
    );
    await expect(vad.segments({ samples: noise, sampleRate: 16_000 }, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });
});
