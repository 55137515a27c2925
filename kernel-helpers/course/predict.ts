/** A guess made before the answer is shown: being wrong first is how it is remembered. */
import { checkNumber, checkOptions, checkText } from "../runtime/check.ts";
import { showCard } from "./card.ts";

export interface RevealOptions {
  /** Unit of the guess and of the answer. */
  unit?: string;
}

const guesses = new Map<string, number>();

/** Records a guess, which reveal() compares with the measured number. `undefined` leaves it open. */
export function predict(question: string, guess: number | undefined): void {
  checkText("question", question);
  if (guess === undefined) {
    return showCard({ tone: "open", mark: "○", heading: "Your guess first", lines: [question] });
  }
  checkNumber("guess", guess, { hint: "guess a finite number, or leave it undefined" });
  guesses.set(question, guess);
  showCard({ tone: "note", mark: "•", heading: `You guess ${guess}`, lines: [question] });
}

/** Shows the number that was measured beside the guess, if there was one. */
export function reveal(question: string, actual: number, options: RevealOptions = {}): void {
  checkText("question", question);
  checkNumber("actual", actual);
  checkOptions("options", options, ["unit"]);
  const unit = checkText("unit", options.unit ?? "", { allowEmpty: true });
  const shown = `${Number(actual.toPrecision(4))}${unit && ` ${unit}`}`;
  const guess = guesses.get(question);
  const ratio = guess === undefined ? 1 : Math.max(guess / actual, actual / guess);
  const far = ratio > 0 && Number.isFinite(ratio) ? `, ${Number(ratio.toPrecision(2))} times off` : "";
  const lines = guess === undefined ? [question] : [question, `You guessed ${guess}${guess === actual ? ", exactly" : far}.`];
  showCard({ tone: "note", mark: "•", heading: `It is ${shown}`, lines });
}
