/** Sound from files: WAV by itself, everything else by ffmpeg. */
import { readFile } from "node:fs/promises";
import { FormatError } from "../../../errors.ts";
import { checkInteger, checkOptions, checkSignal, checkText } from "../../../runtime/check.ts";
import { unreadable } from "../../../runtime/files.ts";
import { mediaFile, runFfmpeg } from "../../ffmpeg.ts";
import { speechRate, type AudioClip } from "./audio-clip.ts";
import { resample } from "./resample.ts";
import { decodeWav, isWav } from "./wav.ts";

export interface ReadAudioOptions {
  /** Samples per second of the result. @default 16000, as speech models take it */
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
  const chunks: Buffer[] = [];
  for await (const chunk of runFfmpeg(args, signal)) chunks.push(chunk);
  const samples = new Float32Array(chunks.reduce((length, chunk) => length + chunk.length, 0) / 4);
  const bytes = new Uint8Array(samples.buffer);
  let filled = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return { samples, sampleRate };
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
