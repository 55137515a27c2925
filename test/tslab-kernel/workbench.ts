/** The compiler by itself, without a kernel around it. A | in a text is the cursor. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Compilation, CellCompiler } from "../../src/tslab-kernel/compiler/compiler.ts";
import type { Complaint } from "../../src/tslab-kernel/compiler/language/complaints.ts";
import { LanguageTools } from "../../src/tslab-kernel/compiler/language/language.ts";

export interface Completed {
  matches: string[];
  cursor_start: number;
  cursor_end: number;
  metadata: { _jupyter_types_experimental: { text: string; type: string; signature: string; start: number; end: number }[] };
}

export interface Inspected {
  found: boolean;
  data: { "text/plain"?: string; "text/markdown"?: string };
}

export class Workbench {
  readonly folder: string;
  readonly compiler: CellCompiler;
  readonly tools: LanguageTools;
  #count = 0;

  /** @param files Path in the notebook's folder → text. */
  constructor(files: Record<string, string> = {}, { notebook }: { notebook?: string } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "cairn-language-"));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    const scratch = join(this.folder, ".scratch");
    this.compiler = new CellCompiler({ folder: this.folder, notebook: notebook && join(this.folder, notebook), scratch });
    this.tools = new LanguageTools(this.compiler);
  }

  /** How many cells it has compiled. */
  get count(): number {
    return this.#count;
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Compiles the next cell and takes it for run. */
  compile(code: string, options: { mayAmend?: boolean; unreached?: string[] } = {}): Compilation {
    const compilation = this.compiler.compile(`cell[${++this.#count}]`, code, options);
    if ("cell" in compilation) this.compiler.settle(options.unreached ?? []);
    return compilation;
  }

  run(...cells: string[]): void {
    for (const code of cells) {
      const compilation = this.compile(code);
      if ("complaints" in compilation) throw new Error(`${code}: ${compilation.complaints.map(({ message }) => message).join("; ")}`);
    }
  }

  refuse(code: string): Complaint[] {
    const compilation = this.compile(code);
    return "complaints" in compilation ? compilation.complaints : [];
  }

  complete(marked: string): Completed {
    return this.tools.answer("complete_request", atCursor(marked)) as unknown as Completed;
  }

  /** Name → what it is said to be. */
  kinds(marked: string): Record<string, string> {
    return Object.fromEntries(this.complete(marked).metadata._jupyter_types_experimental.map(({ text, type }) => [text, type]));
  }

  inspect(marked: string, detail = 0): Inspected {
    return this.tools.answer("inspect_request", { ...atCursor(marked), detail_level: detail }) as unknown as Inspected;
  }

  isComplete(code: string): unknown {
    return this.tools.answer("is_complete_request", { code });
  }
}

function atCursor(marked: string): { code: string; cursor_pos: number } {
  const characters = Array.from(marked);
  const cursor = characters.indexOf("|");
  return { code: characters.toSpliced(cursor, 1).join(""), cursor_pos: cursor };
}
