/** What readers write who come from IPython or a shell, and what does the same here: one answer instead of a row of syntax errors. */
import { parseErrors } from "../syntax.ts";

export interface Habit {
  message: string;
  line: number;
  column: number;
  length: number;
  notes: string[];
}

interface Known {
  pattern: RegExp;
  /** What it is, and what to write instead. */
  say: (match: RegExpExecArray, cell: string) => [message: string, instead: string];
}

const shell = (command: string): string =>
  `import { execSync } from "node:child_process";\n  console.log(execSync(${JSON.stringify(command)}, { encoding: "utf8" }))`;
const commands =
  "ls|cd|pwd|cat|head|tail|echo|mkdir|rm|cp|mv|touch|grep|find|which|git|curl|wget|unzip|tar|df|du|ps|kill|python3?|node|nvidia-smi";
const installers = "pip3?|conda|mamba|npm|pnpm|yarn|apt(?:-get)?|brew";

const known: readonly Known[] = [
  {
    pattern: new RegExp(`^[!%]{0,2}\\s*(?:sudo )?(?:python3? -m )?(?:${installers}) (?:-\\S+ )*(?:i|install|add)\\s+(.+)$`),
    say: ([, packages = ""]) => [
      "packages are installed in a terminal, not in a cell",
      `in the notebook's folder: npm install ${packages.replace(/(?:^|\s)-{1,2}\S+/g, "").trim()}`,
    ],
  },
  {
    pattern: /^%%?(?:timeit|time|prun)\b/,
    say: ([magic]) => [
      `${magic} is IPython's, this kernel runs TypeScript`,
      'measure with console.time("it") before and console.timeEnd("it") after, or with performance.now()',
    ],
  },
  {
    pattern: /^%%(?:bash|sh|script|cmd)\b/,
    say: ([magic], cell) => [`${magic} is IPython's, this kernel runs TypeScript`, shell(cell.slice(cell.indexOf("\n") + 1).trim())],
  },
  {
    pattern: /^%%?cd\s+(.+)$/,
    say: ([, folder = ""]) => ["%cd is IPython's, this kernel runs TypeScript", `process.chdir(${JSON.stringify(folder.trim())})`],
  },
  {
    pattern: /^%matplotlib\b/,
    say: () => ["%matplotlib is IPython's, this kernel runs TypeScript", 'figures are drawn by show(…) of "kernel-helpers/plots"'],
  },
  {
    pattern: /^%%?([a-z]\w*)/,
    say: ([magic]) => [
      `${magic} is IPython's, this kernel runs TypeScript`,
      "write what it does in TypeScript: Node's modules are there (node:fs, node:child_process, …)",
    ],
  },
  {
    pattern: new RegExp(`^!\\s*((?:${commands})\\b.*)$`),
    say: ([, command = ""]) => ["! runs a shell's command in IPython, not in TypeScript", shell(command)],
  },
  {
    pattern: /^!\s*([a-z][\w.-]*\s+(?!in\b|instanceof\b)[-\w./~"'*].*)$/,
    say: ([, command = ""]) => ["! runs a shell's command in IPython, not in TypeScript", shell(command)],
  },
  {
    pattern: /^\?{1,2}\s*([\w.$]+)\s*$|^([\w.$]+)\s*\?{1,2}\s*$/,
    say: ([, before, after]) => ["? asks IPython for help, not TypeScript", `put the cursor on ${before ?? after} and press Shift-Tab`],
  },
  {
    pattern: /^from\s+([\w.]+)\s+import\s+(.+)$/,
    say: ([, module = "", names = ""]) => [
      "this is how Python imports",
      `in TypeScript: import ${names.trim() === "*" ? `* as ${module.split(".").at(-1)}` : `{ ${names.replace(/\bas\b/g, "as").trim()} }`} from "${module}"`,
    ],
  },
  {
    pattern: /^import\s+([\w.]+)(?:\s+as\s+(\w+))?\s*$/,
    say: ([, module = "", name]) => [
      "this is how Python imports",
      `in TypeScript: import * as ${name ?? module.split(".").at(-1)} from "${module}"`,
    ],
  },
  {
    pattern: /^(?:async\s+)?def\s+(\w+)\s*\((.*?)\).*:\s*$/,
    say: ([, name, parameters]) => ["this is how Python defines a function", `in TypeScript: function ${name}(${parameters}) { … }`],
  },
  { pattern: /^print\s+(.+)$/, say: ([, what]) => ["print is Python's", `in TypeScript: console.log(${what})`] },
];

/**
 * The habit that keeps the cell from being compiled.
 *
 * @param failing The line of the compiler's first complaint, from 1.
 */
export function habit(code: string, failing: number): Habit | undefined {
  const lines = code.split("\n");
  for (const [index, text] of lines.slice(0, failing).entries()) {
    const line = text.trim();
    const [found] = known.flatMap(({ pattern, say }) => {
      const match = pattern.exec(line);
      return match ? [say(match, code)] : [];
    });
    if (!found || !isToBlame(lines, index, failing)) continue;
    const [message, instead] = found;
    return { message, line: index + 1, column: text.indexOf(line) + 1, length: line.length, notes: [`hint: ${instead}`] };
  }
  return undefined;
}

/** A line of a template literal may look like a habit: the compiler stumbles over that very line, or the rest would be right without it. */
function isToBlame(lines: readonly string[], index: number, failing: number): boolean {
  if (index === failing - 1) return true;
  if (parseErrors(lines.join("\n")).length === 0) return false;
  const isMagicOfCell = lines[index]!.startsWith("%%");
  return parseErrors((isMagicOfCell ? lines.slice(0, index) : lines.toSpliced(index, 1)).join("\n")).length === 0;
}
