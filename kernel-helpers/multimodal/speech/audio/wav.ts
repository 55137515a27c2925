/** WAV files (Microsoft and IBM 1991, "Multimedia Programming Interface and Data Specifications 1.0"; the extensible form of 2001). */
import { FormatError } from "../../../errors.ts";
import { checkInstance } from "../../../runtime/check.ts";
import { checkClip, type AudioClip } from "./audio-clip.ts";

/** Codes of what a sample is. */
const [pcm, float, extensible] = [1, 3, 0xfffe];

/** Whether bytes begin as a WAV file does. */
export const isWav = (bytes: Uint8Array): boolean => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(12, bytes.length)).toString("latin1");
  return text.startsWith("RIFF") && text.slice(8) === "WAVE";
};

/**
 * Sound of a WAV file with integers of 8, 16, 24 or 32 bits, or floats of 32 or 64; of several channels their mean.
 *
 * @throws {FormatError} It is not a WAV file, is cut short, or holds compressed sound. Facts: format, bits.
 */
export function decodeWav(bytes: Uint8Array): AudioClip {
  checkInstance("bytes", bytes, Uint8Array, { hint: "pass what a file holds: await readFile(path)" });
  if (!isWav(bytes)) throw broken("it does not begin with RIFF and WAVE");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let layout: Layout | undefined;
  for (const { id, start, length } of chunks(view)) {
    if (id === "fmt ") layout = readLayout(view, start, length);
    // A program that writes to a pipe cannot know the length beforehand: then the data go on to the end of the file.
    else if (id === "data" && layout)
      return { samples: mono(view, start, Math.min(length, view.byteLength - start), layout), sampleRate: layout.sampleRate };
  }
  throw broken(layout ? "it has no data" : "it does not say how its samples are stored");
}

/** A WAV file of one channel, with integers of 16 bits. */
export function encodeWav(clip: AudioClip): Uint8Array {
  const { samples, sampleRate } = checkClip("clip", clip);
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write("WAVEfmt ", 8);
  for (const [at, value] of [[16, 16], [24, sampleRate], [28, 2 * sampleRate], [40, 2 * samples.length]] as const) bytes.writeUInt32LE(value, at); // prettier-ignore
  for (const [at, value] of [[20, pcm], [22, 1], [32, 2], [34, 16]] as const) bytes.writeUInt16LE(value, at); // prettier-ignore
  bytes.write("data", 36);
  samples.forEach((sample, index) => bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), 44 + 2 * index));
  return bytes;
}

interface Layout {
  format: number;
  channels: number;
  sampleRate: number;
  bits: number;
}

function* chunks(view: DataView): Generator<{ id: string; start: number; length: number }> {
  for (let at = 12; at + 8 <= view.byteLength;) {
    const id = String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
    const length = view.getUint32(at + 4, true);
    yield { id, start: at + 8, length };
    at += 8 + length + (length % 2);
  }
}

function readLayout(view: DataView, start: number, length: number): Layout {
  if (length < 16 || start + length > view.byteLength) throw broken("it is cut short");
  const code = view.getUint16(start, true);
  if (code === extensible && length < 26) throw broken("it is cut short");
  const layout = {
    format: code === extensible ? view.getUint16(start + 24, true) : code,
    channels: view.getUint16(start + 2, true),
    sampleRate: view.getUint32(start + 4, true),
    bits: view.getUint16(start + 14, true),
  };
  const { format, channels, bits, sampleRate } = layout;
  if (!(format === pcm && [8, 16, 24, 32].includes(bits)) && !(format === float && [32, 64].includes(bits))) {
    throw new FormatError(`WAV files of format ${format} with ${bits} bits are not read here`, {
      hint: "pass the file's path to readAudio, which asks ffmpeg",
      facts: { format, bits },
    });
  }
  if (channels === 0 || sampleRate === 0) throw broken(`it has ${channels} channels of ${sampleRate} Hz`);
  return layout;
}

function mono(view: DataView, start: number, length: number, layout: Layout): Float32Array {
  const { channels, bits } = layout;
  const read = reader(view, layout);
  const frameSize = (channels * bits) / 8;
  const samples = new Float32Array(Math.floor(length / frameSize));
  for (let frame = 0; frame < samples.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += read(start + frame * frameSize + (channel * bits) / 8);
    samples[frame] = sum / channels;
  }
  return samples;
}

function reader(view: DataView, { format, bits }: Layout): (at: number) => number {
  if (format === float) return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  switch (bits) {
    case 8:
      return (at) => (view.getUint8(at) - 128) / 128; // the only ones without a sign
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
    default:
      return (at) => view.getInt32(at, true) / 2 ** 31;
  }
}

const broken = (problem: string): FormatError =>
  new FormatError(`the WAV file cannot be read: ${problem}`, { hint: "is the file whole, and a WAV file?" });
