/** What the kernel runs, and is most likely not meant. */
import type { Finding } from "../findings.ts";
import { promiseFindings } from "./promises.ts";
import { ts, type TypeScript } from "../../typescript.ts";

/** @param code The cell's own text; what stands beneath it in its document is not looked at. */
export function lint(checker: TypeScript.TypeChecker, file: TypeScript.SourceFile, code: string): Finding[] {
  const findings: Finding[] = [];
  const visit = (node: TypeScript.Node): void => {
    findings.push(...promiseFindings(checker, file, node));
    ts.forEachChild(node, visit);
  };
  for (const statement of file.statements) if (statement.getStart(file) < code.length) visit(statement);
  return findings.filter((finding) => !isIgnored(finding, code));
}

const ignoring = /\/\/\s*cairn-ignore\b(.*)/;

/** `// cairn-ignore`, or `// cairn-ignore RULE`, in the line or the one above it. */
export function isIgnored({ line, rule }: Finding, code: string): boolean {
  const lines = code.split("\n").slice(Math.max(0, line - 2), line);
  const ignored = lines.flatMap((text) => ignoring.exec(text)?.[1]?.trim() ?? []);
  return ignored.some((rules) => rules === "" || rules.split(/[\s,]+/).includes(rule));
}
