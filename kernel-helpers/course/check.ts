/** The learner's side of an exercise: try, ask for a hint, look at the solution, see what is done. */
import { HelperError } from "../errors.ts";
import { showCard } from "./card.ts";
import { findExercise, judge } from "./exercise.ts";
import { exercises } from "./exercises/all.ts";
import { markDone } from "./progress.ts";

/** A solution of the course that its own check rejects. */
export class SolutionError extends HelperError {}

/**
 * Says whether the answer is right, and if not, why. An answer is a value, a function that the check calls, or a promise of either;
 * `undefined` means that there is none yet.
 */
export async function check(id: string, answer: unknown): Promise<void> {
  const exercise = findExercise(exercises, id);
  if ((await answer) === undefined) {
    return showCard({ tone: "open", mark: "○", heading: `${id}: not answered yet`, lines: [exercise.question, `Stuck? hint('${id}')`] });
  }
  const verdict = await judge(exercise, answer);
  if (!verdict.passed) {
    return showCard({
      tone: "bad",
      mark: "✗",
      heading: `${id}: not yet`,
      lines: [verdict.message, ...(verdict.seen ? [verdict.seen] : []), `Stuck? hint('${id}')`],
    });
  }
  markDone(id);
  showCard({ tone: "good", mark: "✓", heading: `${id}: right`, lines: [exercise.question] });
}

const hintsGiven = new Map<string, number>();

/** The next hint of an exercise; each call gives away a little more. */
export function hint(id: string): void {
  const { hints } = findExercise(exercises, id);
  const given = hintsGiven.get(id) ?? 0;
  hintsGiven.set(id, given + 1);
  const text = hints[given] ?? "That was the last hint: open the solution below the exercise.";
  showCard({ tone: "note", mark: "?", heading: `${id}: hint ${Math.min(given + 1, hints.length)} of ${hints.length}`, lines: [text] });
}

/** For the cell tagged `solution`: holds the course's own answer against the check. It does not count as the learner's. */
export async function solution(id: string, answer: unknown): Promise<void> {
  const verdict = await judge(findExercise(exercises, id), answer);
  if (!verdict.passed) {
    throw new SolutionError(`the solution of ${id} is rejected: ${verdict.message}`, {
      hint: "this is a fault of the course; please report it",
    });
  }
  showCard({ tone: "note", mark: "✓", heading: `${id}: one solution`, lines: ["It passes the check. Run your own, too."] });
}
