/** Which tokens may come next: what Whisper's authors forbid when they decode (github.com/openai/whisper, whisper/decoding.py). */
import type { WhisperTokens } from "./tokens.ts";

/** A text may begin in the first second of its window. */
const latestBeginning = 1;

export interface Forbidden {
  /** Ids that never come: brackets, music notes, and what stands only in prompts. */
  always: readonly number[];
  /** Ids that do not come first: a space, the end. */
  atFirst: readonly number[];
}

/**
 * Sets the logits of what may not come to −∞.
 *
 * @param logits (V), changed in place.
 * @param written Ids since the prompt.
 */
export function forbid(
  logits: Float32Array,
  written: readonly number[],
  tokens: WhisperTokens,
  forbidden: Forbidden,
  hasTimes: boolean,
): void {
  for (const id of forbidden.always) logits[id] = -Infinity;
  if (written.length === 0) for (const id of forbidden.atFirst) logits[id] = -Infinity;
  logits[tokens.noTimestamps] = -Infinity;
  if (!hasTimes) logits.fill(-Infinity, tokens.firstTime);
  else keepTimesInOrder(logits, written, tokens);
}

/** Times come in pairs around each stretch of text, never go back, and come where together they are likelier than any word. */
function keepTimesInOrder(logits: Float32Array, written: readonly number[], tokens: WhisperTokens): void {
  const { firstTime, endOfText } = tokens;
  const [beforeLast, last] = [written.at(-2), written.at(-1)];
  const isAfterTime = last !== undefined && tokens.isTime(last);
  const isAfterPair = isAfterTime && (beforeLast === undefined || tokens.isTime(beforeLast));
  if (isAfterPair) logits.fill(-Infinity, firstTime);
  else if (isAfterTime) logits.fill(-Infinity, 0, endOfText);
  const latest = written.findLast((id) => tokens.isTime(id));
  // Right after a time that ends a stretch the same may begin the next; any other has to be later.
  if (latest !== undefined) logits.fill(-Infinity, firstTime, isAfterTime && !isAfterPair ? latest : latest + 1);
  if (written.length === 0) {
    logits.fill(-Infinity, 0, firstTime);
    logits.fill(-Infinity, firstTime + Math.round(latestBeginning / 0.02) + 1);
  }
  if (timesAreLikelier(logits, firstTime)) logits.fill(-Infinity, 0, firstTime);
}

/** Whether Σ exp of the times is more than exp of the likeliest other. */
function timesAreLikelier(logits: Float32Array, firstTime: number): boolean {
  let highest = -Infinity;
  for (let id = 0; id < firstTime; id++) highest = Math.max(highest, logits[id]!);
  let sum = 0;
  for (let id = firstTime; id < logits.length; id++) sum += Math.exp(logits[id]! - highest);
  return sum > 1;
}
