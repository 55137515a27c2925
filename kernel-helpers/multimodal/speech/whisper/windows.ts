/** Which stretches of sound are read together. */
import type { TimeSpan } from "../time-span.ts";

/** A pause of more seconds parts windows: silence is where Whisper makes texts up. */
const longestPause = 2;

/** Joins neighbouring spans into windows of at most so many seconds, which begin and end in pauses. */
export function joinSpans(spans: readonly TimeSpan[], longest: number): TimeSpan[] {
  const windows: TimeSpan[] = [];
  for (const { start, end } of spans) {
    const last = windows.at(-1);
    if (last && end - last.start <= longest && start - last.end <= longestPause) last.end = end;
    else windows.push({ start, end });
  }
  return windows;
}
