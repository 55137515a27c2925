/**
 * Checks the cells of a notebook without running them, as the kernel would when it runs them one after the other. The kernel makes a program for
 * every cell; here one program serves all cells up to the next that could change what an earlier one means. Whatever is found wrong there is
 * found again the kernel's way, so that both say the same.
 */
import type { CellCompiler } from "../compiler.ts";
import type { Cell } from "../documents.ts";
import type { CellFindings, CheckedCell, Finding } from "./findings.ts";
import type { Complaint } from "../language/complaints.ts";
import { lint } from "./lint/lint.ts";
import { unusedImports } from "./lint/unused-imports.ts";
import { type ParsedCell, parsedCell, unreachedNames } from "./parsed-cell.ts";
import { nodesErrors } from "./runnable.ts";
import { parseErrors } from "../syntax.ts";
import type { TypeScript } from "../typescript.ts";

/** "Cannot find name": what they quote is the name. */
const missingName: ReadonlySet<string> = new Set(["TS2304", "TS2503", "TS2552", "TS18004"]);

export class NotebookChecker {
  readonly #compiler: CellCompiler;
  readonly #cells: ParsedCell[];
  readonly #results: CellFindings[];
  /** Names of cells that cannot be read, of which others are not to be blamed for using them. */
  readonly #unreadable = new Set<string>();

  /** @param compiler One that has compiled nothing yet. */
  constructor(compiler: CellCompiler, cells: readonly CheckedCell[]) {
    this.#compiler = compiler;
    this.#cells = cells.map(parsedCell);
    this.#results = cells.map(() => ({ isRefused: false, findings: [] }));
    compiler.lost.elsewhere = (name) => this.#whereElse(name);
  }

  /** In the order of the cells. */
  check(): CellFindings[] {
    this.#compiler.service.refresh();
    for (let next = 0; next < this.#cells.length;) next = this.#checkFrom(next);
    for (const [index, finding] of unusedImports(this.#cells)) this.#results[index]!.findings.push(finding);
    return this.#results;
  }

  #now = 0;

  /** A name that is not there, but in a cell that runs later or not at all. */
  #whereElse(name: string): string | undefined {
    const declares = (cell: ParsedCell): boolean => cell.declared.has(name);
    const later = this.#cells.slice(this.#now + 1).find((cell) => declares(cell) && !cell.isSkipped);
    if (later) return `hint: ${later.name} declares ${name}, further down: cells run from top to bottom`;
    const skipped = this.#cells.find((cell) => declares(cell) && cell.isSkipped);
    return skipped && `hint: ${skipped.name} declares ${name}, but its tag skip-execution keeps it from running`;
  }

  /** Returns where to go on. */
  #checkFrom(first: number): number {
    if (!this.#isRun(this.#cells[first]!)) return first + 1;
    const group = this.#groupFrom(first);
    const { documents, service } = this.#compiler;
    const cells = group.map((index) => documents.parse(this.#cells[index]!.name, this.#cells[index]!.code));
    const takeBacks = cells.map((cell) => documents.add(cell));
    const program = service.program(...cells.map(({ fileName }) => fileName));
    const wrong = cells.findIndex((cell) => this.#compiler.diagnose(program, program.getSourceFile(cell.fileName)!, cell).length > 0);
    const right = wrong < 0 ? cells : cells.slice(0, wrong);
    for (const [place, cell] of right.entries()) this.#accept(group[place]!, program, cell);
    if (wrong < 0) return this.#settled(group.at(-1)!);
    takeBacks[wrong]!();
    this.#checkAlone(group[wrong]!);
    return this.#settled(group[wrong]!);
  }

  #settled(last: number): number {
    const { documents } = this.#compiler;
    documents.prune();
    return last + 1;
  }

  #isRun = ({ code, isSkipped }: ParsedCell): boolean => !isSkipped && code.trim() !== "";

  /** Cells of which none declares a name that one before it has in its text. */
  #groupFrom(first: number): number[] {
    const group = [first];
    const mentioned = new Set(this.#cells.slice(0, first + 1).flatMap((cell) => [...cell.mentioned]));
    for (let index = first + 1; index < this.#cells.length; index++) {
      const cell = this.#cells[index]!;
      if (!this.#isRun(cell)) continue;
      if (this.#cells[group.at(-1)!]!.mayFail || cell.augments || this.#cells[group.at(-1)!]!.augments) break;
      if ([...cell.declared].some((name) => mentioned.has(name))) break;
      group.push(index);
      for (const name of cell.mentioned) mentioned.add(name);
    }
    return group;
  }

  #accept(index: number, program: TypeScript.Program, cell: Cell): void {
    const file = program.getSourceFile(cell.fileName)!;
    const { code, mayFail } = this.#cells[index]!;
    const errors = nodesErrors(this.#compiler, cell, file, this.#compiler.emit(program, file, cell));
    this.#results[index] = { isRefused: errors.length > 0, findings: [...errors, ...lint(program.getTypeChecker(), file, code)] };
    this.#compiler.lost.found(cell.declared.keys());
    if (mayFail) this.#compiler.documents.giveBack(cell, unreachedNames(this.#cells[index]!), new Map());
  }

  /** As the kernel compiles it. What a refused cell declares stays known, so that the cells after it can be checked; a reader corrects all of them at once. */
  #checkAlone(index: number): void {
    const { name, code, mayFail, declared } = this.#cells[index]!;
    const { documents } = this.#compiler;
    this.#now = index;
    const compilation = this.#compiler.compile(name, code);
    if ("cell" in compilation) {
      // Beside other cells it seemed wrong: what counts is what the kernel says.
      const cell = documents.cells.at(-1)!;
      const program = this.#compiler.service.program(cell.fileName);
      this.#compiler.settle([]);
      return this.#accept(index, program, cell);
    }
    const findings = compilation.complaints.map(toFinding);
    const isUnreadable = parseErrors(code).length > 0;
    if (!mayFail && !isUnreadable) documents.add(documents.parse(name, code));
    if (!mayFail && isUnreadable) for (const lost of declared) this.#unreadable.add(lost);
    const lines = code.split("\n");
    const isConsequence = ({ rule, file, line, column, length }: Finding): boolean =>
      file === undefined && missingName.has(rule) && this.#unreadable.has(lines[line - 1]!.slice(column - 1, column - 1 + length));
    this.#results[index] = { isRefused: true, findings: findings.filter((finding) => !isConsequence(finding)) };
  }
}

const toFinding = ({ code, ...complaint }: Complaint): Finding => ({
  severity: "error",
  rule: code === undefined ? "not-typescript" : `TS${code}`,
  ...complaint,
});
