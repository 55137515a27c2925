/** Films that are made here, so that what is in them is known. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { probeVideo, readAudio, readFrames, VideoIndex, type RgbImage } from "../../../kernel-helpers/multimodal/index.ts";

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const folder = mkdtempSync(path.join(tmpdir(), "cairn-video-"));
afterAll(() => rmSync(folder, { recursive: true }));
const film = path.join(folder, "film.mp4");

/** Red for 4 s, blue for 2 s, green for 4 s; a tone of 440 Hz. */
beforeAll(() => {
  if (!hasFfmpeg) return;
  const color = (name: string, seconds: number): string[] => ["-f", "lavfi", "-i", `color=${name}:size=64x48:rate=10:duration=${seconds}`];
  const sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000:duration=10"];
  const args = [...color("red", 4), ...color("blue", 2), ...color("lime", 4), ...sound];
  execFileSync("ffmpeg", ["-v", "error", ...args, "-filter_complex", "[0][1][2]concat=n=3[v]", "-map", "[v]", "-map", "3:a", "-c:v", "mpeg4", "-q:v", "2", "-y", film]); // prettier-ignore
});

/** Mean red, green and blue. */
const embedImages = (images: readonly RgbImage[]): Promise<Float32Array[]> =>
  Promise.resolve(
    images.map(({ data }) => {
      const sums = new Float32Array(3);
      data.forEach((byte, index) => (sums[index % 3]! += byte));
      return sums;
    }),
  );

const framesOf = async (options: Parameters<typeof readFrames>[1]): Promise<{ time: number; color: number[] }[]> => {
  const frames: { time: number; color: number[] }[] = [];
  for await (const { time, image } of readFrames(film, options)) frames.push({ time, color: [...image.data.subarray(0, 3)] });
  return frames;
};

const near = (color: readonly number[]): object[] => color.map((value) => expect.closeTo(value, -2)); // within 50

describe.skipIf(!hasFfmpeg)("a film", () => {
  test("says how long, how large and how fast it is", async () => {
    const { duration, ...rest } = await probeVideo(film);
    expect(duration).toBeCloseTo(10, 0);
    expect(rest).toEqual({ width: 64, height: 48, framesPerSecond: 10, hasSound: true });
  });

  test("gives its frames at a rate, each with its time", async () => {
    const frames = await framesOf({ framesPerSecond: 0.5 });
    expect(frames.map(({ time }) => time)).toEqual([0, 2, 4, 6, 8]);
    const [red, blue, green] = [[254, 0, 0], [0, 0, 254], [0, 254, 0]]; // prettier-ignore
    expect(frames.map(({ color }) => color)).toEqual([red, red, blue, green, green].map((color) => near(color!)));
    expect((await framesOf({ framesPerSecond: 2, start: 5, end: 6 })).map(({ time }) => time)).toEqual([5, 5.5]);
  });

  test("gives the first frame of each scene", async () => {
    expect((await framesOf({ scene: 0.2 })).map(({ time }) => time)).toEqual([0, 4, 6]);
  });

  test("gives its sound", async () => {
    const { samples, sampleRate } = await readAudio(film);
    let crossings = 0;
    for (let at = sampleRate; at < 2 * sampleRate; at++) crossings += Number(samples[at]! < 0 && samples[at + 1]! >= 0);
    expect(crossings).toBeGreaterThan(430);
    expect(crossings).toBeLessThan(450);
  });

  test("is searched by what is seen, and says what came first", async () => {
    const index = await VideoIndex.build(film, { framesPerSecond: 2, embedImages });
    expect(index.frames).toHaveLength(20);
    const [red, green, blue] = [0, 1, 2].map((at) => Float32Array.from([0, 1, 2], (other) => Number(other === at))) as [Float32Array, Float32Array, Float32Array]; // prettier-ignore
    expect(index.findFrames(blue, { topK: 1 })[0]).toMatchObject({ start: 4, end: 6 });
    expect(index.whichFirst([green, red]).first).toBe(1);
    expect(index.whichFirst([blue, green])).toMatchObject({ first: 0, moments: [{ start: 4 }, { start: 6 }] });
    expect(() => index.findFrames(new Float32Array(4))).toThrow("vector must be of 3 numbers, as the frames' are, got a Float32Array of 4");
  });

  test("that is left early, or stopped, ends ffmpeg", async () => {
    for await (const { time } of readFrames(film, { framesPerSecond: 10 })) if (time > 0) break;
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of readFrames(film, { framesPerSecond: 1000, signal: controller.signal })) controller.abort(new Error("enough"));
    })();
    await expect(reading).rejects.toThrow("enough");
    await vi.waitFor(() => expect(process.getActiveResourcesInfo()).not.toContain("ProcessWrap"));
  });

  test("that is none says so", async () => {
    const text = path.join(folder, "text.mp4");
    writeFileSync(text, "no film");
    await expect(probeVideo(text)).rejects.toMatchObject({ code: "ERR_FORMAT" });
    await expect(probeVideo(path.join(folder, "missing.mp4"))).rejects.toThrow("missing.mp4 does not exist");
    await expect(framesOf({ framesPerSecond: 1, scene: 0.3 })).rejects.toThrow(
      "scene must be undefined where framesPerSecond is given, got 0.3",
    );
  });
});

test("without ffmpeg the error says how to get it", async () => {
  const before = process.env["PATH"];
  process.env["PATH"] = folder;
  writeFileSync(film.replace(".mp4", ".mp3"), "");
  try {
    await expect(readAudio(film.replace(".mp4", ".mp3"))).rejects.toThrow(/^ffmpeg is not installed\n {2}hint: install ffmpeg/);
  } finally {
    process.env["PATH"] = before;
  }
});

test("a transcript is searched by what is said, in English and Chinese", () => {
  const said = ["The probe fell into the river.", "Bring your passport and the contract.", "请带上身份证件和签好的合同。"];
  const segments = said.map((text, index) => ({ text, start: 10 * index, end: 10 * index + 5 }));
  const index = new VideoIndex({ duration: 30, frames: [], segments });
  expect(index.findSpeech("Where is the passport?", { topK: 1 })).toEqual([
    { time: 10, start: 10, end: 15, text: said[1], score: expect.any(Number) },
  ]);
  expect(index.findSpeech("身份证", { topK: 1 })[0]).toMatchObject({ start: 20, end: 25 });
  expect(index.whichFirst(["合同", "river"]).first).toBe(1);
  expect(() => index.whichFirst(["river", "volcano"])).toThrow("what is asked for at 1 is nowhere in the film");
});
