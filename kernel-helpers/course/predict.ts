/** A guess made before the answer is shown: being wrong first is how it is remembered. */
import { ArgumentError } from "../errors.ts";
import { showCard } from "./card.ts";

export interface RevealOptions {
  /** Unit of the guess and of the answer. */
  unit?: string;
}

const guesses = new Map<string, number>();

/** Notes a guess, to be held against the measured number by reveal(). `undefined` leaves it open. */
export function predict(question: string, guess: number | undefined): void {
  if (guess === undefined) {
    return showCard({ tone: "open", mark: "○", heading: "Your guess first", lines: [question] });
  }
  if (!Number.isFinite(guess)) throw new ArgumentError(`the guess is ${guess}`, { hint: "guess a finite number" });
  guesses.set(question, guess);
  showCard({ tone: "note", mark: "•", heading: `You guess ${guess}`, lines: [question] });
}

/** Shows the number that was measured beside the guess, if there was one. */
export function reveal(question: string, actual: number, { unit = "" }: RevealOptions = {}): void {
  const shown = `${Number(actual.toPrecision(4))}${unit && ` ${unit}`}`;
  const guess = guesses.get(question);
  const ratio = guess === undefined ? 1 : Math.max(guess / actual, actual / guess);
  const far = ratio > 0 && Number.isFinite(ratio) ? `, ${Number(ratio.toPrecision(2))} times off` : "";
  const lines = guess === undefined ? [question] : [question, `You guessed ${guess}${guess === actual ? ", exactly" : far}.`];
  showCard({ tone: "note", mark: "•", heading: `It is ${shown}`, lines });
}
