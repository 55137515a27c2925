/**
 * Passages as sound: espeak-ng speaks them, noise covers them. Its voice `cmn` reads Chinese characters as English letters and the tones' numbers aloud (1.51, as
 * Debian has it), so it gets pinyin instead, as CC-CEDICT has the words.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadDictionary } from "../../../kernel-helpers/data/index.ts";
import { readAudio, type AudioClip } from "../../../kernel-helpers/multimodal/index.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";

const voices = { en: "en-us", zh: "cmn-latn-pinyin" };

export async function speak(text: string, language: "en" | "zh", speed: number = 150): Promise<AudioClip> {
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-espeak-"));
  try {
    const file = path.join(folder, "spoken.wav");
    const said = language === "zh" ? await pinyinOf(text) : text;
    execFileSync("espeak-ng", ["-v", voices[language], "-s", String(speed), "-w", file, said]);
    return await readAudio(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Characters that stand alone more often in this reading than in the dictionary's first. */
const usual: Readonly<Record<string, string>> = { 的: "de5", 了: "le5", 得: "de5", 还: "hai2", 都: "dou1", 为: "wei4", 和: "he2", 着: "zhe5", 那: "na4", 长: "chang2", 会: "hui4", 要: "yao4", 有: "you3", 上: "shang4", 个: "ge4", 这: "zhe4", 不: "bu4" }; // prettier-ignore

let readings: Map<string, string> | undefined;

/** Syllables with tones; the longest words of the dictionary first. */
export async function pinyinOf(text: string): Promise<string> {
  if (!readings) {
    readings = new Map();
    for (const { simplified, traditional, pinyin } of await loadDictionary()) {
      const isName = /^[A-Z]/.test(pinyin);
      for (const word of new Set([simplified, traditional]))
        if (!readings.has(word) || (!isName && /^[A-Z]/.test(readings.get(word)!))) readings.set(word, pinyin);
    }
    for (const [character, pinyin] of Object.entries(usual)) readings.set(character, pinyin);
  }
  const said: string[] = [];
  for (let at = 0; at < text.length;) {
    let length = Math.min(6, text.length - at);
    while (length > 1 && !readings.has(text.slice(at, at + length))) length--;
    const word = text.slice(at, at + length);
    said.push(readings.get(word)?.replaceAll("u:", "v").toLowerCase() ?? (/[，。、；：！？]/.test(word) ? "," : word));
    at += length;
  }
  return said.join(" ");
}

/** White noise so many decibels below the speech. @param power Of the speech. @default the clip's mean */
export function withNoise({ samples, sampleRate }: AudioClip, decibels: number, seed: number, power: number = powerOf(samples)): AudioClip {
  if (decibels === Infinity) return { samples, sampleRate };
  const random = createRandom(seed);
  const deviation = Math.sqrt(power / 10 ** (decibels / 10));
  return { samples: samples.map((sample) => sample + deviation * random.normal()), sampleRate };
}

export const powerOf = (samples: Float32Array): number => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
