/** Sound from files: WAV by itself, everything else by ffmpeg. */
import { readFile } from "node:fs/promises";
import { FormatError } from "../../../errors.ts";
import { checkInteger, checkOptions, checkSignal, checkText } from "../../../runtime/check.ts";
import { unreadable } from "../../../runtime/files.ts";
import { ffmpegOutput, mediaFile } from "../../ffmpeg.ts";
import { speechRate, type AudioClip } from "./audio-clip.ts";
import { resample } from "./resample.ts";
import { decodeWav, isWav } from "./wav.ts";

export interface ReadAudioOptions {
  /** Samples a second of the result. @default 16000, as speech models take it */
  sampleRate?: number;
  signal?: AbortSignal;
}

/**
 * Sound of a file as one channel: of WAV files by our own reader, of everything else, films included, by ffmpeg.
 *
 * @throws {UnavailableError} There is no such file; or it needs ffmpeg, which is not installed.
 * @throws {FormatError} ffmpeg finds no sound in it.
 */
export async function readAudio(file: string, options: ReadAudioOptions = {}): Promise<AudioClip> {
  checkText("file", file, { allowEmpty: false });
  checkOptions("options", options, ["sampleRate", "signal"]);
  const { sampleRate = speechRate, signal } = options;
  checkInteger("sampleRate", sampleRate, { min: 1, max: 768_000 });
  checkSignal("signal", signal);
  signal?.throwIfAborted();
  if (/\.wave?$/i.test(file)) {
    const clip = readWav(
      await readFile(file).catch((cause: unknown) => {
        throw unreadable(file, cause);
      }),
    );
    if (clip) return { samples: resample(clip.samples, clip.sampleRate, sampleRate), sampleRate };
  }
  const args = ["-v", "error", "-i", mediaFile("file", file), "-vn", "-ac", "1", "-ar", String(sampleRate), "-f", "f32le", "-"];
  const bytes = await ffmpegOutput(args, signal);
  return { samples: new Float32Array(Uint8Array.from(bytes).buffer), sampleRate };
}

/** undefined for compressed sound in a WAV file. */
function readWav(bytes: Buffer): AudioClip | undefined {
  if (!isWav(bytes)) return undefined;
  try {
    return decodeWav(bytes);
  } catch (error) {
    if (error instanceof FormatError && "bits" in error.facts) return undefined;
    throw error;
  }
}
