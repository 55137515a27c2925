/** A film of any length in which some seconds are known: two clips over and over, and in them pictures and sentences of the handbook that come once. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { loadHandbook } from "../../../kernel-helpers/data/index.ts";
import { fetchDataset } from "../../../kernel-helpers/models/index.ts";
import { encodeWav, readImage, type RgbImage } from "../../../kernel-helpers/multimodal/index.ts";
import { ffmpegOutput } from "../../../kernel-helpers/multimodal/ffmpeg.ts";
import { handbookGold } from "../../../kernel-helpers/rag/index.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";
import { powerOf, speak } from "./espeak.ts";

/** What is shown or said once, and when. */
export interface Needle {
  start: number;
  end: number;
}
export interface SeenNeedle extends Needle {
  name: string;
  image: RgbImage;
}
export interface SaidNeedle extends Needle {
  language: "en" | "zh";
  text: string;
  question: string;
}

export interface Hour {
  file: string;
  seconds: number;
  seen: SeenNeedle[];
  said: SaidNeedle[];
  /** Mean power of what is said, while it is said. */
  power: number;
}

/** Seconds that a picture is shown, and that a sentence may take. */
const [shownFor, longest] = [3, 24];

const photographs = ["coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png"];
const rendered = { bars: "smptebars", test: "testsrc2", fractal: "mandelbrot", colours: "rgbtestsrc" };

/** Sentences of the handbook that answer a question each, no two of one passage or of its translation. */
async function spokenSentences(count: number): Promise<Omit<SaidNeedle, "start" | "end">[]> {
  const { documents, questions } = handbookGold(await loadHandbook());
  const textOf = new Map(documents.map(({ id, text }) => [id, text]));
  const [taken, chosen] = [
    new Set<string>(),
    { en: [] as Omit<SaidNeedle, "start" | "end">[], zh: [] as Omit<SaidNeedle, "start" | "end">[] },
  ];
  for (const { language, kind, question, parts } of questions) {
    if ((language !== "en" && language !== "zh") || !["fact", "number", "exception"].includes(kind)) continue;
    const places = parts.flat();
    const place = places.find(({ text }) => /\p{Script=Han}/u.test(text) === (language === "zh"));
    if (!place || chosen[language].length === count || places.some(({ document }) => taken.has(document))) continue;
    const text = textOf.get(place.document)!.match(/[^.。]+[.。]+/g)!.find((sentence) => sentence.includes(place.text)); // prettier-ignore
    if (!text || text.length > (language === "en" ? 160 : 60)) continue;
    for (const { document } of places) taken.add(document);
    chosen[language].push({ language, question, text: text.trim() });
  }
  return [...chosen.en, ...chosen.zh];
}

/** Makes the film in a folder, 160 × 90 pixels at 5 frames per second. */
export async function makeHour(folder: string, minutes: number, seed: number): Promise<Hour> {
  const seconds = 60 * minutes;
  const random = createRandom(seed);
  const images: { name: string; image: RgbImage; file: string }[] = [];
  const { files: photos } = await fetchDataset("photographs");
  for (const name of photographs) images.push({ name, image: await readImage(photos[name]!), file: photos[name]! });
  for (const [name, source] of Object.entries(rendered)) {
    const file = path.join(folder, `${name}.png`);
    await ffmpegOutput(["-v", "error", "-f", "lavfi", "-i", `${source}=size=320x180`, "-frames:v", "1", "-y", file]);
    images.push({ name, image: await readImage(file), file });
  }
  // Each needle has a stretch of its own, and lies anywhere in it; the order is drawn.
  const place = (count: number, length: number): number[] =>
    random.shuffle(
      Array.from({ length: count }, (_, index) => (seconds / count) * (index + random.next() * (1 - (length * count) / seconds))),
    );
  const seen = place(images.length, shownFor).map((start, index) => ({ ...images[index]!, start, end: start + shownFor }));
  const sentences = await spokenSentences(Math.min(16, Math.floor(minutes / 2)));
  const said: SaidNeedle[] = [];
  let power = 0;
  const sound = new Float32Array(seconds * 16_000);
  for (let at = 0; at < sound.length; at++) sound[at] = 0.001 * (2 * random.next() - 1);
  for (const [index, start] of place(sentences.length, longest).entries()) {
    const sentence = sentences[index]!;
    const { samples } = await speak(sentence.text, sentence.language);
    power += powerOf(samples) / sentences.length;
    sound.set(samples, Math.floor(start * 16_000));
    said.push({ ...sentence, start, end: start + samples.length / 16_000 });
  }
  const wav = path.join(folder, "sound.wav");
  writeFileSync(wav, encodeWav({ samples: sound, sampleRate: 16_000 }));
  const file = path.join(folder, "hour.mp4");
  const { files: clips } = await fetchDataset("film-clips");
  const base = path.join(folder, "base.mp4");
  const small = "scale=160:90:force_original_aspect_ratio=increase,crop=160:90,fps=5,setsar=1";
  const two = ["-i", clips["bikes.mp4"]!, "-i", clips["bigbuckbunny.mp4"]!];
  await ffmpegOutput(["-v", "error", ...two, "-filter_complex", `[0:v]${small}[a];[1:v]${small}[b];[a][b]concat=n=2:v=1[v]`, "-map", "[v]", "-c:v", "mpeg4", "-q:v", "4", "-y", base]); // prettier-ignore
  const stills = seen.flatMap(({ file: still }) => ["-i", still]);
  const shown = seen.map(({ start, end }, index) => `[${index + 2}:v]scale=160:90,setsar=1[s${index}];[v${index}][s${index}]overlay=enable='between(t,${start},${end})'[v${index + 1}]`); // prettier-ignore
  const graph = [`[0:v]null[v0]`, ...shown].join(";");
  await ffmpegOutput(["-v", "error", "-stream_loop", "-1", "-i", base, "-i", wav, ...stills, "-filter_complex", graph, "-map", `[v${seen.length}]`, "-map", "1:a", "-t", String(seconds), "-c:v", "mpeg4", "-q:v", "4", "-c:a", "aac", "-b:a", "48k", "-y", file]); // prettier-ignore
  return { file, seconds, seen: seen.map(({ name, image, start, end }) => ({ name, image, start, end })), said, power };
}
