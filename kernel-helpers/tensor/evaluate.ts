/** Computing values now: the part of the expression that is not known yet becomes a small graph of its own, whose session is kept for the next like it. */
import { openSession, SessionCache } from "../onnx/index.ts";
import { HelperError } from "../errors.ts";
import { peakBytes } from "./graph/footprint.ts";
import { makeProgram } from "./graph/program.ts";
import { userLine } from "./graph/user-line.ts";
import { source, type Value } from "./graph/value.ts";
import { feed, runProgram } from "./run.ts";

/** Expressions of 64 structures and shapes; numbers are fed, so another number is not another graph. */
const sessions = new SessionCache({ count: 64, bytes: 2 ** 30 });

/** A value that is known only while a compiled function runs, or whose numbers have been overwritten since. */
export class NotKnownError extends HelperError {
  static override readonly code: string = "ERR_NOT_KNOWN";
}

/** Computes all of the values in one run, and leaves their numbers with them. */
export function evaluate(values: readonly Value[]): void {
  const missing = [...new Set(values.filter((value) => !value.buffer))];
  if (missing.length === 0) return checkFresh(values);
  const program = makeProgram(missing, { isFed: () => true });
  checkFresh(program.inputs);
  const { session } =
    sessions.get(program.key) ?? sessions.set(program.key, { session: openSession(program.build().encode()), bytes: peakBytes(missing) });
  const feeds = Object.fromEntries(program.inputs.map((input, index) => [`input_${index}`, feed(input)]));
  const results = runProgram(program, () => session.runSync(feeds));
  missing.forEach((value, index) => (value.buffer = { data: results[`output_${index}`]!.data, writes: 0 }));
}

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
