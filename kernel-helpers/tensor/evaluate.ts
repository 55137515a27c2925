/** Computing values now: the part of the expression that is not known yet becomes a small graph of its own, whose session is kept for the next like it. */
import { openSession, value as onnxValue, type OnnxValue, type Session } from "../onnx/index.ts";
import { HelperError } from "../errors.ts";
import { makeProgram, type Program } from "./graph/program.ts";
import { userLine } from "./graph/user-line.ts";
import { source, type Value } from "./graph/value.ts";

/** How many sessions are kept; the one used longest ago goes first. */
const keptSessions = 64;
const sessions = new Map<string, Session>();

/** A value that is known only while a compiled function runs, or whose numbers have been overwritten since. */
export class NotKnownError extends HelperError {}

/** Computes all of the values in one run, and leaves their numbers with them. */
export function evaluate(values: readonly Value[]): void {
  const missing = [...new Set(values.filter((value) => !value.buffer))];
  if (missing.length === 0) return checkFresh(values);
  const program = makeProgram(missing, { constantsUpTo: 1 });
  checkFresh(program.inputs);
  const feeds = Object.fromEntries(program.inputs.map((input, index) => [`input_${index}`, feed(input)]));
  const results = runProgram(program, () => sessionFor(program.key, () => program.build().encode()).runSync(feeds));
  missing.forEach((value, index) => (value.buffer = { data: results[`output_${index}`]!.data, writes: 0 }));
}

/** Runs a graph of the program; where a condition in it does not hold, throws the error that the condition stands for. */
export function runProgram<T>(program: Program, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw program.refusal(error) ?? error;
  }
}

export const feed = (value: Value): OnnxValue => onnxValue(value.buffer!.data, value.shape, value.dtype);

/** That the numbers are there, and are still those that the expression was made with. */
function checkFresh(values: readonly Value[]): void {
  for (const { buffer, node } of values) {
    if (!buffer) {
      throw new NotKnownError(`the value is known only when the compiled function runs${userLine()}`, {
        hint: "return it from the function given to jit and look at the result",
      });
    }
    if (node.operator === source && buffer.writes !== (node.attributes.writes ?? 0)) {
      throw new NotKnownError(`a parameter that this value is made from has been updated in place since${userLine()}`, {
        hint: "compute it before the step, for example with .item()",
      });
    }
  }
}

function sessionFor(key: string, model: () => Uint8Array): Session {
  const session = sessions.get(key) ?? openSession(model(), {});
  sessions.delete(key);
  sessions.set(key, session);
  for (const [oldest, old] of sessions) {
    if (sessions.size <= keptSessions) break;
    old.close();
    sessions.delete(oldest);
  }
  return session;
}
