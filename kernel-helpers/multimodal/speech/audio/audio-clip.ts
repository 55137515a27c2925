/** Sound as numbers. */
import { checkInteger, checkInstance, checkObject, checkOptions } from "../../../runtime/check.ts";

/** One channel of sound. */
export interface AudioClip {
  /** From -1 to 1. */
  samples: Float32Array;
  /** Samples per second. */
  sampleRate: number;
}

/** Samples per second that speech models take. */
export const speechRate = 16_000;

export function checkClip(argument: string, clip: unknown): AudioClip {
  const hint = "pass { samples, sampleRate }, such as await readAudio(file)";
  checkOptions(argument, checkObject(argument, clip, { hint }), ["samples", "sampleRate"]);
  const { samples, sampleRate } = clip as AudioClip;
  checkInstance(`${argument}.samples`, samples, Float32Array, { hint });
  checkInteger(`${argument}.sampleRate`, sampleRate, { min: 1, max: 768_000 });
  return clip as AudioClip;
}

/** A clip's length in seconds. */
export const durationOf = ({ samples, sampleRate }: AudioClip): number => samples.length / sampleRate;
