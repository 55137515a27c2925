/**
 * Needles in an hour of film: pictures shown for 3 s and sentences said once, found by an index of frames and a transcript; and which of two came first, with the
 * frames in order and shuffled. `node --import tsx bench/programs/multimodal/video.ts 60 classifier`: minutes, and what makes vectors of frames: `classifier`
 * (EfficientNet-Lite0) or `colours` (the picture at 8 × 8 pixels, the number to beat); `silent` as a third word leaves the speech out.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cpuUsage } from "node:process";
import { ImageClassifier, VideoIndex, Whisper, type Moment, type RgbImage } from "../../../kernel-helpers/multimodal/index.ts";
import { createRandom } from "../../../kernel-helpers/runtime/random.ts";
import { makeHour, type Needle } from "./hour.ts";

const minutes = Number(process.argv[2] ?? 60);
const kind = process.argv[3] ?? "classifier";
const rates = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16];
const lengths = [5, 15, 30, 60].filter((length) => length <= minutes);

const colours = (images: readonly RgbImage[]): Promise<Float32Array[]> =>
  Promise.resolve(
    images.map((image) => {
      const { data } = image.resize({ width: 8, height: 8 }, { filter: "box" });
      const mean = data.reduce((sum, byte) => sum + byte, 0) / data.length;
      return Float32Array.from(data, (byte) => byte - mean);
    }),
  );

const folder = mkdtempSync(path.join(tmpdir(), "cairn-hour-"));
try {
  const before = cpuUsage();
  const lap = (): string => {
    const { user, system } = cpuUsage(before);
    return `${((user + system) / 1e6).toFixed(0)} s of processor time so far`;
  };
  const { file, seconds, seen, said } = await makeHour(folder, minutes, 1);
  console.log(`A film of ${minutes} minutes, ${seen.length} pictures and ${said.length} sentences in it; ${lap()}.\n`);
  using classifier = await ImageClassifier.load();
  const embedImages = kind === "colours" ? colours : (images: readonly RgbImage[]): Promise<Float32Array[]> => classifier.embed(images);
  const whole = await VideoIndex.build(file, { framesPerSecond: rates[0]!, embedImages });
  console.log(`${whole.frames.length} frames read by ${kind}; ${lap()}.\n`);
  const queries = await embedImages(seen.map(({ image }) => image));

  console.log(`Pictures found at once, by frames per second and minutes of film (${kind}):\n`);
  console.log(
    `| frames per second | ${lengths.map((length) => `${length} min`).join(" | ")} |\n| --- |${lengths.map(() => " --- |").join("")}`,
  );
  for (const rate of rates) {
    const cells = lengths.map((length) => {
      let [found, asked] = [0, 0];
      for (const [index, needle] of seen.entries()) {
        for (let phase = 0; phase < 1 / rate; phase++) {
          const part = partOf(whole, needle, length * 60, Math.round(1 / rate), phase);
          found += Number(isAt(part.findFrames(queries[index]!, { topK: 1 })[0], needle));
          asked++;
        }
      }
      return `${Math.round((100 * found) / asked)} %`;
    });
    console.log(`| ${[rate === 1 ? "1" : `1/${1 / rate}`, ...cells].join(" | ")} |`);
  }

  const order = (index: VideoIndex): number => {
    let [right, asked] = [0, 0];
    for (let one = 0; one < seen.length; one++) {
      for (let other = one + 1; other < seen.length; other++) {
        const { first } = index.whichFirst([queries[one]!, queries[other]!]);
        right += Number((seen[one]!.start < seen[other]!.start ? 0 : 1) === first);
        asked++;
      }
    }
    return (100 * right) / asked;
  };
  const shuffled = Array.from({ length: 20 }, (_, seed) => {
    const vectors = createRandom(seed).shuffle(whole.frames.map(({ vector }) => vector));
    return order(
      new VideoIndex({ duration: seconds, segments: [], frames: whole.frames.map(({ time }, at) => ({ time, vector: vectors[at]! })) }),
    );
  });
  const mean = shuffled.reduce((sum, share) => sum + share, 0) / shuffled.length;
  console.log(
    `\nWhich of two pictures came first: ${order(whole).toFixed(0)} % right; frames shuffled, ${mean.toFixed(0)} % (20 shuffles).\n`,
  );

  if (process.argv[4] !== "silent") {
    using whisper = await Whisper.load();
    let heard = 0;
    const { segments } = await VideoIndex.build(file, { whisper: { transcribe: (clip, options) => whisper.transcribe(clip, { ...options, temperatures: [0] }) } }); // prettier-ignore
    const index = new VideoIndex({ duration: seconds, frames: [], segments });
    for (const needle of said) {
      const [moment] = index.findSpeech(needle.question, { topK: 1 });
      heard += Number(isAt(moment, needle));
      console.log(
        `- ${clock(needle.start)} “${needle.text}” asked “${needle.question}”: ${moment ? `${clock(moment.start)} “${moment.text}”` : "not found"}`,
      );
    }
    console.log(`\nSentences found: ${heard} of ${said.length}; ${segments.length} segments in the transcript; ${lap()}.`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** A film of so many seconds around a needle, with every so-manieth frame. */
function partOf(index: VideoIndex, needle: Needle, length: number, step: number, phase: number): VideoIndex {
  const start = Math.max(0, Math.min(index.duration - length, needle.start - length / 2));
  const frames = index.frames.filter(({ time }, at) => time >= start && time < start + length && at % step === phase);
  return new VideoIndex({ duration: start + length, frames, segments: [] });
}

/** Whether a moment is best where a needle is. */
function isAt(moment: Moment | undefined, needle: Needle): boolean {
  return moment !== undefined && moment.time > needle.start - 0.5 && moment.time < needle.end + 0.5;
}

function clock(time: number): string {
  return `${Math.floor(time / 60)}:${String(Math.floor(time % 60)).padStart(2, "0")}`;
}
