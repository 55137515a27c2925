/** Passages as sound: espeak-ng speaks them, noise covers them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readAudio, type AudioClip } from "../../../kernel-helpers/multimodal/index.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";

const voices = { en: "en-us", zh: "cmn" };

export async function speak(text: string, language: "en" | "zh"): Promise<AudioClip> {
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-espeak-"));
  try {
    const file = path.join(folder, "spoken.wav");
    execFileSync("espeak-ng", ["-v", voices[language], "-s", "150", "-w", file, text]);
    return await readAudio(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** White noise so many decibels below the speech (its mean power). */
export function withNoise({ samples, sampleRate }: AudioClip, decibels: number, seed: number): AudioClip {
  if (decibels === Infinity) return { samples, sampleRate };
  const random = createRandom(seed);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const deviation = Math.sqrt(power / 10 ** (decibels / 10));
  return { samples: samples.map((sample) => sample + deviation * random.normal()), sampleRate };
}
