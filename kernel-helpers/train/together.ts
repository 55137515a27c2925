import type { Reporter } from "../reporters/index.ts";

/** Several reporters as one; each of them is told of the end, whatever another one throws. */
export const together = (reporters: readonly Reporter[]): Required<Reporter> => ({
  onStart: (run) => reporters.forEach((reporter) => reporter.onStart?.(run)),
  onStep: (record) => reporters.forEach((reporter) => reporter.onStep?.(record)),
  onEvaluation: (record) => reporters.forEach((reporter) => reporter.onEvaluation?.(record)),
  onEnd() {
    const [first, ...rest] = reporters;
    try {
      first?.onEnd?.();
    } finally {
      if (rest.length > 0) together(rest).onEnd();
    }
  },
});
