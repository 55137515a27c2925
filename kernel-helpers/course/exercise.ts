/**
 * How to write exercises. Each notebook has a file in exercises/, such as exercises/03-vector-databases.ts, that exports an array:
 *
 *   export const vectorDatabases: readonly Exercise[] = [
 *     exercise<number>({
 *       id: "03-speedup",                              // "<number of the notebook>-<word>"
 *       question: "How many times fewer distances does HNSW compute?",
 *       expects: "number",                             // a wrong kind of answer gets its message from this alone
 *       checks: [                                      // in order; the first that is false (or throws) gives its message
 *         [(answer) => answer > 1, "an index that computes more distances than exact search would not be an index"],
 *         [async (answer) => …, "…"],                  // may be asynchronous; answers may be functions, which checks call
 *       ],
 *       hints: ["first a question back", "then nearly the answer"],
 *       wrong: [{ answer: 0.1, message: "an index that …" }],   // typical wrong answers and the message that each must get
 *       solution: 12,
 *     }),
 *   ];
 *
 * and is listed in exercises/all.ts. A test holds every solution to pass and every wrong answer to fail with its message.
 *
 * In the notebook: a cell `const answer: number | undefined = undefined` and `await check("03-speedup", answer)`, which says "not answered
 * yet" until the learner writes one; after it a cell tagged `solution` with `await solution("03-speedup", 12)`.
 */
import { ArgumentError } from "../errors.ts";
import { checkText, nearest, shown, withArticle } from "../runtime/check.ts";

export type AnswerKind = "number" | "string" | "boolean" | "function" | "array" | "object";

/** A condition on the answer and what to tell the learner when it does not hold. */
export type Check<Answer> = readonly [predicate: (answer: Answer) => boolean | Promise<boolean>, message: string];

export interface Exercise {
  id: string;
  question: string;
  expects: AnswerKind;
  checks: readonly Check<never>[];
  hints: readonly string[];
  wrong: readonly { answer: unknown; message: string }[];
  solution: unknown;
}

export interface ExerciseDefinition<Answer> extends Exercise {
  checks: readonly Check<Answer>[];
  solution: Answer;
}

/** The definition itself; the call only infers the type of the answer for the checks. */
export function exercise<Answer>(definition: ExerciseDefinition<Answer>): Exercise {
  return definition;
}

/** `seen` is what the answer did: what it returned when the check failed, or where it threw. */
export type Verdict = { passed: true } | { passed: false; message: string; seen?: string };

function kindOf(answer: unknown): string {
  if (answer === null) return "null";
  return Array.isArray(answer) || ArrayBuffer.isView(answer) ? "array" : typeof answer;
}

function brief(answer: unknown): string {
  if (typeof answer === "function") return "";
  if (answer === undefined) return " undefined";
  const text = jsonOrNothing(answer) ?? shown(answer);
  return text.length > 60 ? ` ${text.slice(0, 57)}…` : ` ${text}`;
}

/** Undefined for what JSON cannot hold: bigints, circles. */
function jsonOrNothing(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** What a function did when it was last called. */
interface Call {
  parameters: readonly unknown[];
  returned?: unknown;
}

/** The function, which notes its last call. */
function watched<F>(answer: F, note: (call: Call) => void): F {
  if (typeof answer !== "function") return answer;
  return new Proxy(answer, {
    apply(target, self, parameters): unknown {
      const call: Call = { parameters };
      note(call);
      const result: unknown = Reflect.apply(target, self, parameters);
      if (result instanceof Promise) result.then((value) => (call.returned = value)).catch(() => undefined);
      else call.returned = result;
      return result;
    },
  });
}

function described(call: Call | undefined): string | undefined {
  if (call === undefined || !("returned" in call)) return undefined;
  const given = call.parameters.map((parameter) => brief(parameter).trim() || "a function").join(", ");
  return `Given (${given}), yours returned${brief(call.returned) || " a function"}.`;
}

/** The line of the cell in which it was thrown, from `at name (cell[3]:5:10)`. */
function lineOf(error: unknown): string | undefined {
  const place = error instanceof Error ? /\bcell\[(\d+)\]:(\d+)/.exec(error.stack ?? "") : null;
  return place ? `It was thrown in line ${place[2]} of cell [${place[1]}].` : undefined;
}

const withSeen = (message: string, seen: string | undefined): Verdict => ({
  passed: false,
  message,
  ...(seen === undefined ? {} : { seen }),
});

/** Holds an answer against the exercise's checks. An answer may be a promise. */
export async function judge({ expects, checks }: Exercise, given: unknown): Promise<Verdict> {
  const answer = await given;
  const kind = kindOf(answer);
  if (kind !== expects)
    return { passed: false, message: `this wants ${withArticle(expects)}, your answer is ${withArticle(kind)}:${brief(answer)}` };
  let last: Call | undefined;
  const tried = watched(answer, (call) => (last = call));
  for (const [predicate, message] of checks) {
    last = undefined;
    try {
      if (!(await predicate(tried as never))) return withSeen(message, described(last));
    } catch (error) {
      return withSeen(`your answer threw an error: ${String(error)}`, lineOf(error));
    }
  }
  return { passed: true };
}

/** The exercise of that id, or an error that lists the ids of the same notebook. */
export function findExercise(exercises: readonly Exercise[], id: string): Exercise {
  checkText("id", id);
  const found = exercises.find((candidate) => candidate.id === id);
  if (found) return found;
  const siblings = exercises.filter((candidate) => candidate.id.slice(0, 2) === id.slice(0, 2)).map((candidate) => candidate.id);
  const known = siblings.length > 0 ? siblings : exercises.map((candidate) => candidate.id);
  const meant = nearest(id, known);
  throw new ArgumentError(`no exercise is called "${id}"`, {
    hint: meant === undefined ? `there are ${known.join(", ")}` : `did you mean "${meant}"?`,
    facts: { argument: "id", expected: known, value: id },
  });
}
