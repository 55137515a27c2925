/** What findings mean for a cell, by its tags: the same as for a cell that runs. */
import { expectedErrors, mustRaise } from "../execute/index.ts";
import type { CodeCell } from "../nbformat/index.ts";
import type { CellFindings, Finding } from "../tslab-kernel/index.ts";

/** What the kernel calls an error of its compiler. */
const refusal = "TypeScriptError";

const about = (message: string): Finding => ({
  severity: "error",
  rule: "raises-exception",
  message,
  file: undefined,
  line: 1,
  column: 1,
  length: 1,
  notes: [],
});

const isError = ({ severity }: Finding): boolean => severity === "error";

/** A cell tagged `raises-exception` may be refused, if its tag does not name another error; one that is to be refused has to be. */
export function judgeFindings(cell: CodeCell, { isRefused, findings }: CellFindings, allowsErrors: boolean): Finding[] {
  if (allowsErrors) return findings.map((finding) => ({ ...finding, severity: "warning" }));
  if (!mustRaise(cell)) return findings;
  const names = expectedErrors(cell);
  const others = findings.filter((finding) => !isError(finding));
  const [first] = findings.filter(isError);
  // A module that is not there, or syntax that only Node knows, raises an error of another name.
  const isCompilers = first !== undefined && !["missing-module", "SyntaxError"].includes(first.rule);
  if (isRefused && isCompilers && names.length > 0 && !names.includes(refusal)) {
    return [...others, about(`The compiler refuses this cell, but its tag says that it raises ${names.join(" or ")}: ${first.message}`)];
  }
  if (!isRefused && names.length > 0 && names.every((name) => name === refusal)) {
    return [...others, about(`The compiler accepts this cell, but its tag says that it raises ${refusal}.`)];
  }
  return others;
}
