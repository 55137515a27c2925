/** What became of a cell, from how it ended. What is not yet said in the cell's outputs is added to them as an error. */
import type { CodeCell, ErrorOutput } from "../nbformat/index.ts";
import { describeDeath } from "./death.ts";
import { cellError } from "./failure.ts";
import type { CellEnding, Stop } from "./limits.ts";
import { describeMemory } from "./memory-limit.ts";
import { errorOutput } from "./valid.ts";
import type { CellError, CellStatus } from "./result.ts";
import { type Answer, type CellRun, isAborted, isBare, type Reply } from "./session.ts";
import { stockFailure } from "./stock-tslab.ts";

export interface Verdict {
  status: CellStatus;
  error?: CellError;
}

const raises = "raises-exception";

/** The cell must fail, as readers of Jupyter Book and nbclient's users know the tag; here one that does not is a failure itself. */
export const mustRaise = ({ metadata }: CodeCell): boolean =>
  metadata.tags?.some((tag) => tag === raises || tag.startsWith(`${raises}:`)) === true;

/** The names of errors that it may raise, from tags such as `raises-exception:RangeError`; empty where any will do. */
export const expectedErrors = ({ metadata }: CodeCell): string[] =>
  (metadata.tags ?? []).filter((tag) => tag.startsWith(`${raises}:`)).map((tag) => tag.slice(raises.length + 1).trim());

export function judge(run: CellRun, ending: CellEnding): Verdict {
  if (ending.kind === "died") return add(run, "died", { ename: "KernelDied", evalue: describeDeath(ending.death), traceback: [] });
  if (ending.kind === "stopped") return judgeStop(run, ending.stop, ending.answer);
  const { reply, complete } = ending;
  if (!complete) run.outputs.stream("stderr", "[the kernel did not say that the cell was over: some of its output may be missing]\n");
  if (isAborted(reply)) {
    return add(run, "failed", {
      ename: "NotRun",
      evalue: "the kernel refused to run the cell, because one before it had failed",
      traceback: [],
    });
  }
  const error = run.errors[0] ?? unreported(run, reply);
  if (error && !mustRaise(run.cell)) return { status: "failed", error: cellError(error) };
  if (!mustRaise(run.cell)) return { status: "passed" };
  const names = expectedErrors(run.cell);
  // Stock tslab has the error's code behind its name.
  if (error && (names.length === 0 || names.includes(error.ename.replace(/ \[\w+\]$/, "")))) return { status: "passed" };
  if (error) {
    const raised = `${error.ename}: ${cellError(error).message}`;
    const wrong = `the cell raised another error than its tag "${raises}:${names.join(`" or "${raises}:`)}" says: ${raised}`;
    return add(run, "failed", { ename: "OtherRaised", evalue: wrong, traceback: [] });
  }
  const evalue = `the cell raised nothing, but its tag "${[raises, ...names].join(":")}" says that it does`;
  return add(run, "failed", { ename: "NothingRaised", evalue, traceback: [] });
}

/** A stop as an error. */
export function describeStop(stop: Stop): CellError {
  if (stop.kind === "abort") return { name: "Interrupted", message: "the run was interrupted" };
  if (stop.kind === "notebook-timeout") return { name: "NotebookTimeout", message: `the notebook ran longer than ${stop.seconds} s` };
  if (stop.kind === "run-timeout") return { name: "RunTimeout", message: `the whole run took longer than ${stop.seconds} s` };
  if (stop.kind === "memory-limit") return { name: "MemoryLimit", message: describeMemory(stop) };
  return { name: "CellTimeout", message: `the cell ran longer than ${stop.seconds} s` };
}

const isSameError = (one: ErrorOutput, other: ErrorOutput): boolean =>
  one.ename === other.ename && one.evalue === other.evalue && one.traceback.join("\n") === other.traceback.join("\n");

const unstoppable = `, so its kernel was ended
  hint: a call into native code cannot be stopped from outside: reading a pipe, waiting for a lock, a library's one long step.
        Its asynchronous form, where there is one, can be`;

const statusOf = ({ kind }: Stop): CellStatus => (kind === "abort" ? "failed" : kind === "memory-limit" ? "died" : "timeout");

/** The kernel's own error says only that the cell was interrupted, and where: the where is kept. */
function judgeStop(run: CellRun, stop: Stop, answer: Answer | undefined): Verdict {
  const { name, message } = describeStop(stop);
  const interruption = answer?.kind === "replied" ? (run.errors.at(-1) ?? unreported(run, answer.reply)) : undefined;
  const where = interruption?.traceback ?? [];
  run.outputs.withdrawErrors((error) => interruption !== undefined && isSameError(error, interruption));
  const evalue = answer || stop.kind === "memory-limit" ? message : `${message}, and did not stop when interrupted${unstoppable}`;
  return add(run, statusOf(stop), { ename: name, evalue, traceback: where });
}

/** A reply says that the cell failed, but no error message has come. */
function unreported(run: CellRun, reply: Reply): ErrorOutput | undefined {
  if (reply.status !== "error") return undefined;
  if (!isBare(reply)) {
    const error = errorOutput(reply);
    run.outputs.add(error);
    return error;
  }
  const { error, messageCount } = stockFailure(run.stderr, run.cell.source);
  run.outputs.withdrawStderr(run.stderr.slice(run.stderr.length - messageCount).join(""));
  run.outputs.add(error);
  return error;
}

function add(run: CellRun, status: CellStatus, { ename, evalue, traceback }: Omit<ErrorOutput, "output_type">): Verdict {
  const error = errorOutput({ ename, evalue, traceback: [...traceback, `${ename}: ${evalue}`] });
  run.outputs.add(error);
  return { status, error: cellError(error) };
}
