/** From probabilities of speech to stretches of it. */
import { checkInstance, checkNumber, checkOptions } from "../../runtime/check.ts";
import type { TimeSpan } from "./time-span.ts";

/** Seconds that one probability stands for: 512 samples at 16 kHz. */
export const frameSeconds = 0.032;

export interface SegmentOptions {
  /** Speech begins where the probability reaches this, and ends where it falls 0.15 below. @default 0.5 */
  threshold?: number;
  /** Seconds that a pause has to last to part two stretches. @default 0.1 */
  minSilence?: number;
  /** Seconds below which a sound does not count as speech. @default 0.25 */
  minSpeech?: number;
  /** Seconds that are added to either side. @default 0.03 */
  pad?: number;
  /** Seconds after which a stretch is cut where speech is least likely, in its second half. @default Infinity */
  maxSpeech?: number;
}

/** How far below the threshold a stretch ends. */
const hysteresis = 0.15;

/**
 * Stretches of speech, as Silero's get_speech_timestamps finds them (github.com/snakers4/silero-vad).
 *
 * @param probabilities Of each 32 ms, in order.
 */
export function speechSegments(probabilities: Float32Array, options: SegmentOptions = {}): TimeSpan[] {
  checkInstance("probabilities", probabilities, Float32Array, { hint: "pass what a SileroVad's probabilities() gave" });
  checkSegmentOptions(options);
  const { threshold = 0.5, minSilence = 0.1, minSpeech = 0.25, pad = 0.03, maxSpeech = Infinity } = options;
  const found = stretches(probabilities, threshold, Math.max(1, Math.round(minSilence / frameSeconds)))
    .filter(([start, end]) => (end - start) * frameSeconds >= minSpeech)
    .flatMap((stretch) => cut(stretch, probabilities, Math.max(2, Math.floor((maxSpeech - 2 * pad) / frameSeconds))));
  const total = probabilities.length * frameSeconds;
  return found.map(([first, last], index) => {
    // Between neighbours the padding takes half of the pause at most.
    const before = index === 0 ? first * frameSeconds : ((first - found[index - 1]![1]) * frameSeconds) / 2;
    const after = index === found.length - 1 ? total - last * frameSeconds : ((found[index + 1]![0] - last) * frameSeconds) / 2;
    return { start: first * frameSeconds - Math.min(pad, before), end: last * frameSeconds + Math.min(pad, after) };
  });
}

export function checkSegmentOptions(options: SegmentOptions, more: readonly string[] = []): void {
  checkOptions("options", options, ["threshold", "minSilence", "minSpeech", "pad", "maxSpeech", ...more]);
  const { threshold, minSilence, minSpeech, pad, maxSpeech } = options;
  if (threshold !== undefined) checkNumber("threshold", threshold, { above: 0, below: 1 });
  for (const [name, seconds] of Object.entries({ minSilence, minSpeech, pad }))
    if (seconds !== undefined) checkNumber(name, seconds, { min: 0 });
  if (maxSpeech !== undefined && maxSpeech !== Infinity) checkNumber("maxSpeech", maxSpeech, { min: 1 });
}

type Frames = readonly [start: number, end: number];

function stretches(probabilities: Float32Array, threshold: number, minSilence: number): Frames[] {
  const found: Frames[] = [];
  let start = -1;
  let quietSince = -1;
  for (const [frame, probability] of probabilities.entries()) {
    if (probability >= threshold) {
      if (start === -1) start = frame;
      quietSince = -1;
    } else if (start !== -1 && probability < threshold - hysteresis) {
      if (quietSince === -1) quietSince = frame;
      if (frame + 1 - quietSince < minSilence) continue;
      found.push([start, quietSince]);
      start = -1;
      quietSince = -1;
    }
  }
  if (start !== -1) found.push([start, quietSince === -1 ? probabilities.length : quietSince]);
  return found;
}

function cut([start, end]: Frames, probabilities: Float32Array, most: number): Frames[] {
  if (end - start <= most) return [[start, end]];
  let quietest = start + most;
  for (let frame = start + most; frame > start + most / 2; frame--) if (probabilities[frame]! < probabilities[quietest]!) quietest = frame;
  return [[start, quietest], ...cut([quietest, end], probabilities, most)];
}
