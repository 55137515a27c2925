/**
 * Needles in an hour of film, found by an index: pictures shown for 3 s, sentences said once, and which of two came first, with the frames in order and shuffled.
 * `node --import tsx bench/programs/multimodal/video.ts 60`: minutes. `silent` as a second word leaves the speech out. With all 60 minutes it writes the tables
 * docs/multimodal/frames.csv and speech.csv; draw.ts makes figures of them.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cpuUsage } from "node:process";
import { ImageClassifier, readAudio, VideoIndex, Whisper, type IndexedFrame, type Moment, type RgbImage } from "../../../kernel-helpers/multimodal/index.ts"; // prettier-ignore
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";
import { withNoise } from "./espeak.ts";
import { makeHour, type Needle } from "./hour.ts";
import { soundsOf, transcripts, type HeardSegment } from "./heard.ts";

const minutes = Number(process.argv[2] ?? 60);
const steps = [1, 2, 4, 8, 16];
const lengths = [5, 15, 30, 60].filter((length) => length <= minutes);
const folderOfTables = "docs/multimodal";

/** The picture at 8 × 8 pixels: the number to beat, without any network. */
const colours = (images: readonly RgbImage[]): Promise<Float32Array[]> =>
  Promise.resolve(
    images.map((image) => {
      const { data } = image.resize({ width: 8, height: 8 }, { filter: "box" });
      const mean = data.reduce((sum, byte) => sum + byte, 0) / data.length;
      return Float32Array.from(data, (byte) => byte - mean);
    }),
  );

/** Another view of a picture: its middle, seven tenths of each side, in a mirror. */
function mirroredPart(image: RgbImage): RgbImage {
  const [width, height] = [Math.round(0.7 * image.width), Math.round(0.7 * image.height)];
  const part = image.crop({ left: (image.width - width) >> 1, top: (image.height - height) >> 1, width, height });
  const data = Uint8Array.from(part.data, (_, at) => {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    return part.data[(row * width + width - 1 - column) * 3 + channel]!;
  });
  return new (image.constructor as typeof RgbImage)(data, { width, height });
}

const before = cpuUsage();
const lap = (): string => {
  const { user, system } = cpuUsage(before);
  return `${((user + system) / 1e6).toFixed(0)} s of processor time so far`;
};

/** What was found of needles in films of each length around them, in per cent. */
function shares<N extends Needle>(
  needles: readonly N[],
  found: (needle: N, index: number, from: number, to: number) => boolean[],
  seconds: number,
): number[] {
  return lengths.map((length) => {
    const asked = needles.flatMap((needle, index) => {
      const from = Math.max(0, Math.min(seconds - length * 60, needle.start - length * 30));
      return found(needle, index, from, from + length * 60);
    });
    return Math.round((100 * asked.filter(Boolean).length) / asked.length);
  });
}

/** Whether a moment is best where a needle is. */
const isAt = (moment: Moment | undefined, { start, end }: Needle): boolean => moment !== undefined && moment.time > start - 0.5 && moment.time < end + 0.5; // prettier-ignore

function writeTable(name: string, first: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const header = [...first, ...lengths.map((length) => `${length} min`)];
  console.log(`\n| ${header.join(" | ")} |\n|${" --- |".repeat(header.length)}\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}`);
  if (minutes < 60) return;
  mkdirSync(folderOfTables, { recursive: true });
  writeFileSync(path.join(folderOfTables, `${name}.csv`), [header, ...rows].map((row) => `${row.join(",")}\n`).join(""));
}

const folder = mkdtempSync(path.join(tmpdir(), "cairn-hour-"));
try {
  const { file, seconds, seen, said, power } = await makeHour(folder, minutes, 1);
  console.log(`A film of ${minutes} minutes, ${seen.length} pictures and ${said.length} sentences in it; ${lap()}.`);
  using classifier = await ImageClassifier.load();
  const small: Float32Array[] = [];
  const { frames } = await VideoIndex.build(file, {
    framesPerSecond: 1,
    embedImages: async (images) => {
      small.push(...(await colours(images)));
      return classifier.embed(images);
    },
  });
  console.log(`${frames.length} frames read; ${lap()}.`);
  const kinds = {
    EfficientNet: { frames, embed: (images: readonly RgbImage[]) => classifier.embed(images) },
    "8 × 8 pixels": { frames: frames.map(({ time }, at) => ({ time, vector: small[at]! })), embed: colours },
  };
  const rows: (string | number)[][] = [];
  for (const [view, seenAs] of Object.entries({ "the picture": (image: RgbImage) => image, "a mirrored part": mirroredPart })) {
    for (const [kind, { frames: items, embed }] of Object.entries(kinds)) {
      const queries = await embed(seen.map(({ image }) => seenAs(image)));
      for (const step of steps) {
        const found = (needle: Needle, index: number, from: number, to: number): boolean[] =>
          Array.from({ length: step }, (_, phase) => {
            const part = items.filter(({ time }, at) => at % step === phase && time >= from && time < to);
            return isAt(indexOf(part, to).findFrames(queries[index]!, { topK: 1 })[0], needle);
          });
        rows.push([view, kind, step === 1 ? "1" : `1/${step}`, ...shares(seen, found, seconds)]);
      }
      const shuffled = Array.from({ length: 10 }, (_, seed) => {
        const vectors = createRandom(seed).shuffle(items.map(({ vector }) => vector));
        return orderRight(items.map(({ time }, at) => ({ time, vector: vectors[at]! })), queries); // prettier-ignore
      });
      const mean = shuffled.reduce((sum, share) => sum + share, 0) / shuffled.length;
      console.log(`Which of two came first, by ${view} and ${kind}: ${orderRight(items, queries).toFixed(0)} % of ${(seen.length * (seen.length - 1)) / 2} pairs; frames shuffled, ${mean.toFixed(0)} % (10 shuffles).`); // prettier-ignore
    }
  }
  writeTable("frames", ["view", "vectors", "frames per second"], rows);
  console.log(lap());

  function indexOf(items: readonly IndexedFrame[], duration: number): VideoIndex {
    return new VideoIndex({ duration, frames: items, segments: [] });
  }
  function orderRight(items: readonly IndexedFrame[], queries: readonly Float32Array[]): number {
    const index = indexOf(items, seconds);
    const times = queries.map((query) => index.findFrames(query, { topK: 1 })[0]!.time); // whichFirst looks each up for each pair
    const pairs = seen.flatMap((one, a) => seen.slice(a + 1).map((other, b) => [a, a + 1 + b, one.start < other.start] as const));
    return (100 * pairs.filter(([a, b, isFirst]) => times[a]! <= times[b]! === isFirst).length) / pairs.length;
  }

  if (process.argv[3] !== "silent") {
    using whisper = await Whisper.load();
    const clip = await readAudio(file);
    const written = said.map(({ start, end, text }) => ({ start, end, text }));
    const spoken: (string | number)[][] = [];
    const judge = async (noise: string, segments: readonly HeardSegment[]): Promise<void> => {
      const sounds = await Promise.all(segments.map(async (segment) => ({ ...segment, text: await soundsOf(segment.text) })));
      const asked = await Promise.all(said.map(async (needle) => ({ ...needle, sound: await soundsOf(needle.question) })));
      for (const language of ["en", "zh"] as const) {
        for (const [by, list, question] of [
          ["words", segments, "question"],
          ["sound", sounds, "sound"],
        ] as const) {
          if (language === "en" && by === "sound") continue;
          const found = (needle: (typeof asked)[number], _index: number, from: number, to: number): boolean[] => {
            const part = list.filter(({ start }) => start >= from && start < to);
            return [
              isAt(new VideoIndex({ duration: to, frames: [], segments: part }).findSpeech(needle[question], { topK: 1 })[0], needle),
            ];
          };
          spoken.push([
            noise,
            language,
            by,
            ...shares(
              asked.filter((needle) => needle.language === language),
              found,
              seconds,
            ),
          ]);
        }
      }
    };
    await judge("as written", written);
    for (const decibels of [Infinity, 10]) {
      const segments = await transcripts(whisper, withNoise(clip, decibels, 1, power));
      await judge(decibels === Infinity ? "none" : `${decibels} dB`, segments);
      console.log(`${segments.length} segments heard, ${decibels} dB; ${lap()}.`);
      writeTable("speech", ["noise below speech", "language", "compared by"], spoken);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
