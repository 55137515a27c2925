/** A sentence that depends on a result, beside the result: it is checked on each run, and a run of the whole course is held to it. */
import { HelperError } from "../errors.ts";
import { checkBoolean, checkText } from "../runtime/check.ts";
import { showCard } from "./card.ts";

/** A sentence of the course that its own results contradict. */
export class ClaimError extends HelperError {
  static override readonly code: string = "ERR_CLAIM";
}

/**
 * Fails the cell when the course is run as it stands, by `cairn course` or in CI. Elsewhere the learner may have changed what the sentence
 * depends on, and is only told.
 *
 * @throws {ClaimError} when CAIRN_CLAIMS is "strict"
 */
export function holdTo(sentence: string): void {
  if (process.env.CAIRN_CLAIMS !== "strict") return;
  throw new ClaimError(`this does not hold on this run: ${sentence}`, {
    hint: "mend what was computed, or the sentence",
    facts: { sentence },
  });
}

/**
 * States what was found and shows that the results above bear it out; or says plainly that on this run they do not.
 *
 * @example
 * claim('Each halving of the learning rate costs twice the steps.', steps[1] > 1.8 * steps[0])
 *
 * @throws {ClaimError} It does not hold, and the course is being run as a whole.
 */
export function claim(sentence: string, holds: boolean): void {
  checkText("sentence", sentence, { allowEmpty: false });
  if (checkBoolean("holds", holds)) return showCard({ tone: "good", mark: "✓", heading: sentence, lines: [] });
  showCard({ tone: "bad", mark: "✗", heading: `Not on this run: ${sentence}`, lines: ["The results above say otherwise. Trust them."] });
  holdTo(sentence);
}
