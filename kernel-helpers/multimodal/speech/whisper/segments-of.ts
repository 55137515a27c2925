/** Times and text out of what Whisper wrote. */
import type { TimeSpan } from "../time-span.ts";
import type { WhisperTokens } from "./tokens.ts";

export interface WrittenSegment extends TimeSpan {
  text: string;
  /** Whether its end was written too. */
  isClosed: boolean;
}

/**
 * @param ids Times and text: a time, text, a time, and so on; texts without times are one segment.
 * @param length Of the window, in seconds: where what has no end ends.
 */
export function segmentsOf(ids: readonly number[], tokens: WhisperTokens, length: number): WrittenSegment[] {
  const segments: WrittenSegment[] = [];
  let start = 0;
  let text: number[] = [];
  const close = (end: number, isClosed: boolean): void => {
    const said = tokens.text(text).trim();
    if (said !== "") segments.push({ start: Math.min(start, length), end: Math.min(end, length), text: said, isClosed });
    text = [];
  };
  for (const id of ids) {
    if (!tokens.isTime(id)) {
      text.push(id);
      continue;
    }
    close(tokens.secondsOf(id), true);
    start = tokens.secondsOf(id);
  }
  close(length, false);
  return segments;
}
