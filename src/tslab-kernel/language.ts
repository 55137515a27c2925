/** What front ends ask about code: completion, help at the cursor, whether a piece is complete; and what language this is. */
import { createRequire } from "node:module";
import type { Executor } from "tslab/dist/executor.js";
import { textOf } from "./wire.ts";

const require = createRequire(import.meta.url);

type Content = Record<string, unknown>;

const versionOf = (name: string, paths?: string[]): string =>
  (require(require.resolve(`${name}/package.json`, paths && { paths })) as { version: string }).version;

/** Known without loading the compiler. */
export function kernelInfo(): Content {
  const tslab = require.resolve("tslab/package.json");
  return {
    status: "ok",
    protocol_version: "5.3",
    implementation: "cairn-tslab",
    implementation_version: versionOf("tslab"),
    language_info: {
      name: "typescript",
      version: versionOf("@tslab/typescript-for-tslab", [tslab]),
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    },
    banner: `TypeScript ${versionOf("@tslab/typescript-for-tslab", [tslab])} on Node ${process.versions.node}, tslab ${versionOf("tslab")}`,
    help_links: [{ text: "TypeScript", url: "https://www.typescriptlang.org/docs/" }],
    debugger: false,
  };
}

/** The protocol counts characters, JavaScript counts UTF-16 units. */
const toUnits = (code: string, characters: number): number => Array.from(code).slice(0, characters).join("").length;
const toCharacters = (code: string, units: number): number => Array.from(code.slice(0, units)).length;

/** The candidates that go on from what is typed; in another case only if none does in the same. */
export function complete(executor: Executor, content: Content): Content {
  const code = textOf(content, "code");
  const cursor = toUnits(code, Number(content["cursor_pos"] ?? code.length));
  const { start, candidates } = executor.complete(code, cursor);
  const prefix = code.slice(start, cursor);
  const exact = candidates.filter((name) => name.startsWith(prefix));
  const matches = exact.length > 0 ? exact : candidates.filter((name) => name.toLowerCase().startsWith(prefix.toLowerCase()));
  return {
    status: "ok",
    matches: [...new Set(matches)],
    cursor_start: toCharacters(code, start),
    cursor_end: toCharacters(code, cursor),
    metadata: {},
  };
}

export function inspectAt(executor: Executor, content: Content): Content {
  const code = textOf(content, "code");
  const info = executor.inspect(code, toUnits(code, Number(content["cursor_pos"] ?? 0))) as
    | Parameters<typeof printQuickInfo>[0]
    | undefined;
  const { printQuickInfo } = require("tslab/dist/inspect.js") as typeof import("tslab/dist/inspect.js");
  return { status: "ok", found: info !== undefined, data: info ? { "text/plain": printQuickInfo(info) } : {}, metadata: {} };
}

interface Parser {
  createSourceFile(name: string, text: string, target: number): { parseDiagnostics: { start: number; length: number; code: number }[] };
}

/** "Unterminated template literal", "'*\/' expected": more text can mend them wherever they are reported. */
const openEnded = new Set([1160, 1010]);

export function isComplete(code: string): Content {
  const { isCompleteCode } = require("tslab/dist/converter.js") as typeof import("tslab/dist/converter.js");
  const { completed, indent } = isCompleteCode(code);
  if (!completed) return { status: "incomplete", indent: indent ?? "" };
  const ts = require(require.resolve("@tslab/typescript-for-tslab", { paths: [require.resolve("tslab")] })) as Parser;
  const { parseDiagnostics } = ts.createSourceFile("cell.ts", `export {};${code}`, 99);
  if (parseDiagnostics.some(({ code: number }) => openEnded.has(number))) return { status: "incomplete", indent: "" };
  return { status: parseDiagnostics.length > 0 ? "invalid" : "complete" };
}
