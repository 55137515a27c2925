/** What a film is, before any of it is decoded. */
import { FormatError } from "../../errors.ts";
import { checkOptions, checkSignal, isPlainObject } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { ffmpegOutput, mediaFile } from "../ffmpeg.ts";

export interface VideoFacts {
  /** Seconds. */
  duration: number;
  /** Pixels. */
  width: number;
  height: number;
  framesPerSecond: number;
  hasSound: boolean;
}

/**
 * Length, size and rate of a film, as ffprobe tells them.
 *
 * @throws {FormatError} It is not a film. Facts: file.
 */
export async function probeVideo(file: string, options: { signal?: AbortSignal } = {}): Promise<VideoFacts> {
  checkOptions("options", options, ["signal"]);
  checkSignal("signal", options.signal);
  const args = ["-v", "error", "-of", "json", "-show_format", "-show_streams", mediaFile("file", file)];
  const found = parseJson((await ffmpegOutput(args, options.signal, "ffprobe")).toString("utf8"), { file });
  const { streams = [], format = {} } = found as { streams?: Record<string, unknown>[]; format?: Record<string, unknown> };
  const pictures = streams.find((stream) => isPlainObject(stream) && stream["codec_type"] === "video");
  if (!pictures) throw new FormatError(`${file} has no pictures`, { hint: "pass a film; readAudio reads sound", facts: { file } });
  const [frames, seconds] = String(pictures["avg_frame_rate"]).split("/").map(Number) as [number, number];
  return {
    duration: Number(format["duration"] ?? pictures["duration"]),
    width: Number(pictures["width"]),
    height: Number(pictures["height"]),
    framesPerSecond: frames / (seconds || 1),
    hasSound: streams.some((stream) => stream["codec_type"] === "audio"),
  };
}
