import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  decodeWav,
  durationOf,
  encodeWav,
  logMelSpectrogram,
  melFilters,
  readAudio,
  resample,
} from "../../../kernel-helpers/multimodal/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-audio-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tone = (hertz: number, rate: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => 0.5 * Math.sin((2 * Math.PI * hertz * index) / rate));

/** A WAV file by hand, chunk by chunk. */
function wav(
  layout: readonly [format: number, channels: number, rate: number, bits: number],
  data: Buffer,
  before: Buffer = Buffer.alloc(0),
): Buffer {
  const [format, channels, rate, bits] = layout;
  const head = Buffer.alloc(24);
  head.write("fmt ");
  head.writeUInt32LE(16, 4);
  head.writeUInt16LE(format, 8);
  head.writeUInt16LE(channels, 10);
  head.writeUInt32LE(rate, 12);
  head.writeUInt16LE(bits, 22);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(data.length);
  return Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVE", "latin1"), before, head, Buffer.from("data"), size, data]);
}

describe("WAV files", () => {
  test("of integers and floats are read to the same numbers", () => {
    expect(decodeWav(wav([1, 1, 8000, 8], Buffer.from([128, 192, 0])))).toEqual({ samples: Float32Array.of(0, 0.5, -1), sampleRate: 8000 });
    expect(decodeWav(wav([1, 1, 8000, 16], Buffer.from([0, 0, 0, 0x40, 0, 0x80]))).samples).toEqual(Float32Array.of(0, 0.5, -1));
    expect(decodeWav(wav([1, 1, 8000, 24], Buffer.from([0, 0, 0x40, 0, 0, 0x80]))).samples).toEqual(Float32Array.of(0.5, -1));
    expect(decodeWav(wav([1, 1, 8000, 32], Buffer.from([0, 0, 0, 0x40, 0, 0, 0, 0x80]))).samples).toEqual(Float32Array.of(0.5, -1));
    expect(decodeWav(wav([3, 1, 8000, 32], Buffer.from(Float32Array.of(0.25, -0.75).buffer))).samples).toEqual(
      Float32Array.of(0.25, -0.75),
    );
    expect(decodeWav(wav([3, 1, 8000, 64], Buffer.from(Float64Array.of(0.25, -0.75).buffer))).samples).toEqual(
      Float32Array.of(0.25, -0.75),
    );
  });

  test("with two channels give their mean, and chunks that say something else are passed over", () => {
    const list = Buffer.concat([Buffer.from("LIST"), Buffer.from([3, 0, 0, 0]), Buffer.from("abc\0")]); // three bytes, and one to make them even
    const { samples } = decodeWav(wav([1, 2, 8000, 16], Buffer.from([0, 0x40, 0, 0x20, 0, 0xc0, 0, 0x40]), list));
    expect(samples).toEqual(Float32Array.of(0.375, 0));
  });

  test("are written so that they are read again", async () => {
    const samples = Float32Array.of(0, 0.5, -1, 0.25);
    expect(decodeWav(encodeWav({ samples, sampleRate: 16_000 }))).toEqual({ samples, sampleRate: 16_000 });
    const loud = encodeWav({ samples: Float32Array.of(2, -2), sampleRate: 16_000 });
    expect(decodeWav(loud).samples).toEqual(Float32Array.of(32_767 / 32_768, -1)); // no louder than can be
    writeFileSync(path.join(folder, "tone.wav"), encodeWav({ samples: tone(440, 8000, 4000), sampleRate: 8000 }));
    expect(durationOf(await readAudio(path.join(folder, "tone.wav")))).toBe(0.5);
  });

  test("that are broken say so", () => {
    expect(() => decodeWav(Buffer.from("RIFX"))).toThrow("the WAV file cannot be read: it does not begin with RIFF and WAVE");
    expect(() => decodeWav(wav([1, 1, 8000, 16], Buffer.alloc(4)).subarray(0, 30))).toThrow("it is cut short");
    expect(() => decodeWav(wav([1, 0, 8000, 16], Buffer.alloc(4)))).toThrow("it has 0 channels of 8000 Hz");
    expect(() => decodeWav(wav([6, 1, 8000, 8], Buffer.alloc(4)))).toThrow(
      /of format 6 with 8 bits are not read here\n {2}hint: pass the file's path to readAudio/,
    );
    expect(() => decodeWav("a.wav" as never)).toThrow("bytes must be a Uint8Array");
  });
});

describe("resampling", () => {
  test.each([
    [22_050, 16_000],
    [8000, 16_000],
    [48_000, 16_000],
    [16_000, 44_100],
  ])("from %i to %i Hz keeps a tone", (from, to) => {
    const result = resample(tone(440, from, from / 2), from, to);
    const expected = tone(440, to, Math.ceil(to / 2));
    expect(result).toHaveLength(expected.length);
    const inner = (index: number): boolean => index > 200 && index < expected.length - 200; // the ends have silence beside them
    expect(
      expected.reduce((most, value, index) => (inner(index) ? Math.max(most, Math.abs(value - result[index]!)) : most), 0),
    ).toBeLessThan(5e-4);
  });

  test("leaves out what the lower rate cannot hold", () => {
    const result = resample(tone(10_000, 48_000, 24_000), 48_000, 16_000).subarray(200, -200);
    expect(result.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(1e-3);
  });
});

describe("the log-mel spectrogram", () => {
  test("has a frame each 10 ms, and is brightest where the tone is", () => {
    const { bands, frames, data } = logMelSpectrogram(tone(1000, 16_000, 16_000));
    expect([bands, frames, data.length]).toEqual([80, 100, 8000]);
    const middle = Array.from({ length: bands }, (_, band) => data[band * frames + 50]!);
    const loudest = middle.indexOf(Math.max(...middle));
    // Of 80 bands up to mel 45.2, that of 1000 Hz, mel 15, has the number 15 / 45.2 · 81 − 1 (Slaney's scale).
    expect(loudest).toBe(Math.round((15 / (15 + Math.log(8) / (Math.log(6.4) / 27))) * 81 - 1));
    expect(Math.max(...data) - Math.min(...data)).toBeLessThanOrEqual(2);
  });

  test("has filters of equal area", () => {
    const filters = melFilters(80);
    const areas = Array.from({ length: 80 }, (_, band) =>
      filters.subarray(band * 201, (band + 1) * 201).reduce((sum, height) => sum + height * 40, 0),
    );
    for (const area of areas.slice(30)) expect(Math.abs(area - 1)).toBeLessThan(0.1); // lower ones are narrower than the bins
  });

  test("of nothing, and of a few samples, is there", () => {
    expect(logMelSpectrogram(new Float32Array(0)).frames).toBe(0);
    expect(logMelSpectrogram(new Float32Array(160)).data).toEqual(new Float32Array(80).fill(Math.fround(-1.5)));
  });
});
