/** Frames of a film, so many a second, or where the scene changes, as ffmpeg decodes them. */
import { setTimeout } from "node:timers/promises";
import { argumentError, checkInteger, checkNumber, checkOptions, checkSignal } from "../../runtime/check.ts";
import { mediaFile, runFfmpeg } from "../ffmpeg.ts";
import { RgbImage, type ImageSize } from "../images/rgb-image.ts";
import { probeVideo } from "./probe.ts";

export interface VideoFrame {
  /** Seconds from the film's beginning. */
  time: number;
  image: RgbImage;
}

export interface FrameOptions {
  /** How many frames per second are taken. @default 1, or none where `scene` is given */
  framesPerSecond?: number;
  /** Takes frames that differ from the one before by more than this, from 0 to 1, as ffmpeg measures it; 0.3 is a cut. The first frame is always taken. */
  scene?: number;
  /** Pixels of the longer side, where the film has more. @default 320 */
  longest?: number;
  /** Seconds at which to begin and to end. @default the whole film */
  start?: number;
  end?: number;
  signal?: AbortSignal;
}

const optionNames = ["framesPerSecond", "scene", "longest", "start", "end", "signal"];

export function checkFrameOptions(options: FrameOptions, more: readonly string[] = []): void {
  checkOptions("options", options, [...optionNames, ...more]);
  const { framesPerSecond, scene, longest, start, end, signal } = options;
  if (framesPerSecond !== undefined) checkNumber("framesPerSecond", framesPerSecond, { above: 0, max: 1000 });
  if (scene !== undefined) checkNumber("scene", scene, { above: 0, below: 1 });
  if (framesPerSecond !== undefined && scene !== undefined) {
    throw argumentError("scene", "undefined where framesPerSecond is given", scene, {
      hint: "take frames by rate or by scene; for both, read twice",
    });
  }
  if (longest !== undefined) checkInteger("longest", longest, { min: 2 });
  if (start !== undefined) checkNumber("start", start, { min: 0 });
  if (end !== undefined) checkNumber("end", end, { above: start ?? 0 });
  checkSignal("signal", signal);
}

/**
 * Frames in order, each as it is decoded: a loop over them may stop at any time, and ffmpeg with it.
 *
 * @throws {UnavailableError} There is no such file, or ffmpeg is not installed.
 * @throws {FormatError} It is not a film.
 */
export async function* readFrames(file: string, options: FrameOptions = {}): AsyncGenerator<VideoFrame, void> {
  checkFrameOptions(options);
  const { scene, framesPerSecond = 1, longest = 320, start = 0, end, signal } = options;
  const size = fitted(await probeVideo(file, signal && { signal }), longest);
  const chosen = scene === undefined ? `fps=${framesPerSecond}:start_time=0` : String.raw`select=eq(n\,0)+gt(scene\,${scene})`;
  const from = ["-nostats", "-v", "info", "-ss", String(start), ...(end === undefined ? [] : ["-to", String(end)])];
  const read = ["-i", mediaFile("file", file), "-an", "-sn", "-vf", `${chosen},scale=${size.width}:${size.height},showinfo`];
  const into = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
  const run = runFfmpeg([...from, ...read, ...into], signal);
  const times = timesSaid(() => run.said());
  for await (const data of inPieces(run, size.width * size.height * 3)) {
    yield { time: start + (await times()), image: new RgbImage(data, size) };
  }
}

/** As large as may be, even numbers of pixels. */
function fitted({ width, height }: ImageSize, longest: number): ImageSize {
  const scale = Math.min(1, longest / Math.max(width, height));
  const even = (pixels: number): number => Math.max(2, 2 * Math.round((pixels * scale) / 2));
  return { width: even(width), height: even(height) };
}

async function* inPieces(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Uint8Array, void> {
  let piece = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + size - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield piece;
      piece = new Uint8Array(size);
      filled = 0;
    }
  }
}

/** The time of the next frame, as the filter showinfo says it on the side, before the frame itself or a moment after. */
function timesSaid(said: () => string): () => Promise<number> {
  let read = 0;
  return async () => {
    for (;;) {
      const line = /pts_time:\s*([-+.\de]+)\s/g;
      line.lastIndex = read;
      const found = line.exec(said());
      if (found) {
        read = line.lastIndex;
        return Number(found[1]);
      }
      await setTimeout(2);
    }
  };
}
