/**
 * Words and characters that Whisper base hears wrong, on passages of the handbook as espeak-ng speaks them, under more and more noise.
 * `node --import tsx bench/programs/multimodal/speech.ts 3`: how many passages of each language, of each its first two sentences.
 */
import { cpuUsage } from "node:process";
import { loadHandbook } from "../../../kernel-helpers/data/index.ts";
import { characterErrorRate, durationOf, Whisper, wordErrorRate } from "../../../kernel-helpers/multimodal/index.ts";
import { speak, withNoise } from "./espeak.ts";

const count = Number(process.argv[2] ?? 3);
const { passages } = await loadHandbook();
const spoken = new Map<string, { text: string; clip: Awaited<ReturnType<typeof speak>>; language: "en" | "zh" }>();
for (const language of ["en", "zh"] as const) {
  for (const { id, text } of passages.filter((passage) => passage.language === language).slice(0, count)) {
    const said = text.match(/[^.。]+[.。]/g)!.slice(0, 2).join("").trim(); // prettier-ignore
    spoken.set(id, { text: said, clip: await speak(said, language), language });
  }
}

using whisper = await Whisper.load();
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
console.log(
  "| noise below speech | English: words wrong | characters wrong | Chinese: characters wrong | processor seconds per second of sound |\n| --- | --- | --- | --- | --- |",
);
for (const decibels of [Infinity, 20, 10, 5, 0]) {
  const errors = { en: [0, 0, 0], zh: [0, 0, 0] };
  let [seconds, heard] = [0, 0];
  for (const [index, { text, clip, language }] of [...spoken.values()].entries()) {
    const noisy = withNoise(clip, decibels, index);
    const before = cpuUsage();
    const found = await whisper.transcribe(noisy, { language, temperatures: [0] });
    const { user, system } = cpuUsage(before);
    [seconds, heard] = [seconds + (user + system) / 1e6, heard + durationOf(clip)];
    const sums = errors[language];
    sums[0]! += wordErrorRate(text, found.text);
    sums[1]! += characterErrorRate(text, found.text);
    sums[2]! += 1;
    if (process.argv[3] === "texts") console.error(decibels, text, "\n →", found.text);
  }
  const mean = (language: "en" | "zh", at: number): string => percent(errors[language][at]! / errors[language][2]!);
  console.log(
    `| ${[decibels === Infinity ? "none" : `${decibels} dB`, mean("en", 0), mean("en", 1), mean("zh", 1), (seconds / heard).toFixed(2)].join(" | ")} |`,
  );
}
