/** What a line of text says: a network gives each step along it a character or none (CTC; Graves et al. 2006). */
import { value, type Session } from "../../onnx/index.ts";
import { normalizePixels } from "../images/prepare.ts";
import type { RgbImage } from "../images/rgb-image.ts";
import { shortParts } from "./short-parts.ts";

export interface RecognizedText {
  text: string;
  /** Mean probability of its characters, 0 to 1. */
  score: number;
}

const centered = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const lineHeight = 48;
/** Lines are filled up to this width at least, as in training. */
const leastWidth = 320;

/** Of a line as the networks take it: 48 pixels high, filled up with grey, (1, 3, 48, width). */
function lineInput(line: RgbImage, least: number, most: number): { pixels: Float32Array; width: number } {
  const width = Math.min(most, Math.max(1, Math.ceil((lineHeight * line.width) / line.height)));
  const resized = normalizePixels(line.resize({ width, height: lineHeight }, { filter: "bilinear" }), centered);
  const full = Math.max(least, width);
  if (full === width) return { pixels: resized, width };
  const pixels = new Float32Array(3 * lineHeight * full);
  for (let row = 0; row < 3 * lineHeight; row++) pixels.set(resized.subarray(row * width, (row + 1) * width), row * full);
  return { pixels, width: full };
}

async function runOnLine(session: Session, { pixels, width }: { pixels: Float32Array; width: number }) {
  const [result] = Object.values(await session.run({ [session.inputs[0]!.name]: value(pixels, [1, 3, lineHeight, width]) }));
  return { numbers: result!.data as Float32Array, shape: result!.dims };
}

/** @param characters Those of the classes from 1 on; class 0 is none. */
export async function recognizeLine(session: Session, line: RgbImage, characters: readonly string[]): Promise<RecognizedText> {
  const parts: RecognizedText[] = [];
  for (const part of shortParts(line)) {
    const { numbers, shape } = await runOnLine(session, lineInput(part, leastWidth, 4096));
    parts.push(decodeCtc(numbers, shape[1]!, characters));
  }
  const length = parts.reduce((sum, { text }) => sum + text.length, 0);
  const score = length === 0 ? 0 : parts.reduce((sum, part) => sum + part.score * part.text.length, 0) / length;
  return { text: parts.map(({ text }) => text).reduce((before, text) => before + spaceBetween(before, text) + text), score };
}

/** Lines were cut between words: Chinese has no space there. */
const spaceBetween = (before: string, after: string): string =>
  /[\p{Script=Latin}\p{N}\p{P}]$/u.test(before) && /^[\p{Script=Latin}\p{N}]/u.test(after) ? " " : "";

/**
 * The likeliest class of each step, repetitions once, without those that stand for nothing.
 *
 * @param probabilities (steps, classes).
 */
export function decodeCtc(probabilities: Float32Array, steps: number, characters: readonly string[]): RecognizedText {
  const classes = probabilities.length / steps;
  let [text, total, count, last] = ["", 0, 0, 0];
  for (let step = 0; step < steps; step++) {
    let best = 0;
    for (let each = 1; each < classes; each++) {
      if (probabilities[step * classes + each]! > probabilities[step * classes + best]!) best = each;
    }
    if (best !== 0 && best !== last) {
      text += characters[best - 1]!;
      total += probabilities[step * classes + best]!;
      count++;
    }
    last = best;
  }
  return { text, score: count === 0 ? 0 : total / count };
}

/** How likely a line is upside down, 0 to 1. Of a long one its beginning tells: all of it would be squeezed into 192 pixels. */
export async function upsideDown(session: Session, line: RgbImage): Promise<number> {
  const beginning = line.crop({ left: 0, top: 0, width: Math.min(line.width, 6 * line.height), height: line.height });
  const { numbers } = await runOnLine(session, lineInput(beginning, 192, 192));
  return numbers[1]!;
}
