/** tslab's converter, loaded with what we add to it: source maps, the es2023 library, and no type roots but Node's. */
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import type { Converter, ConvertResult, Diagnostic } from "tslab/dist/converter.js";
import { nameEarlierCells, type SyntaxTools, type Transformer } from "./earlier-names.ts";
import { mapScript, rememberMaps, splitSourceMap } from "./source-lines.ts";
import { awaitsAtTopLevel } from "./top-level-await.ts";

const require = createRequire(import.meta.url);

/** As much of the compiler's interface as is changed here. */
interface Compiler extends SyntaxTools {
  createEmitAndSemanticDiagnosticsBuilderProgram(...args: unknown[]): Builder;
  createWatchCompilerHost(
    rootFiles: string[],
    options: CompilerOptions,
    system: unknown,
    createProgram: unknown,
    ...rest: unknown[]
  ): unknown;
  transpileModule(input: string, options: { compilerOptions: CompilerOptions }): { outputText: string };
}

interface Builder {
  getProgram(): { getTypeChecker(): Parameters<typeof nameEarlierCells>[1] };
  emit(file: unknown, write: unknown, cancellation: unknown, onlyTypes: unknown, transformers?: { before?: Transformer[] }): unknown;
}

interface CompilerOptions {
  lib?: string[];
  types?: string[];
  typeRoots?: string[];
  inlineSourceMap?: boolean;
}

/** Adds our transformer to each emit of tslab's. */
function namesEarlierCells(ts: Compiler, builder: Builder): Builder {
  const emit = builder.emit.bind(builder);
  builder.emit = (file, write, cancellation, onlyTypes, transformers) => {
    const before = [nameEarlierCells(ts, builder.getProgram().getTypeChecker())];
    return emit(file, write, cancellation, onlyTypes, { ...transformers, before });
  };
  return builder;
}

/** Must run before tslab loads the compiler: it takes the functions from the module's exports. */
function extendCompiler(): void {
  const path = require.resolve("@tslab/typescript-for-tslab", { paths: [require.resolve("tslab")] });
  const ts = require(path) as Compiler;
  const nodeTypes = resolve(dirname(require.resolve("@types/node/package.json")), "..");
  const extended: Compiler = {
    ...ts,
    createWatchCompilerHost: (rootFiles, options, system, _, ...rest) =>
      ts.createWatchCompilerHost(
        rootFiles,
        {
          ...options,
          lib: [...(options.lib ?? []), "lib.es2023.d.ts"],
          // Only Node's: reading every @types package in reach costs start-up time and brings globals that are not there.
          types: ["node"],
          typeRoots: [...(options.typeRoots ?? []), nodeTypes],
          inlineSourceMap: true,
        },
        system,
        (...program: unknown[]) => namesEarlierCells(ts, ts.createEmitAndSemanticDiagnosticsBuilderProgram(...program)),
        ...rest,
      ),
    transpileModule: (input, options) => {
      const first = splitSourceMap(input);
      const { outputText } = ts.transpileModule(first.text, {
        ...options,
        compilerOptions: { ...options.compilerOptions, inlineSourceMap: true },
      });
      const second = splitSourceMap(outputText);
      if (first.map && second.map) rememberMaps(second.text, [second.map, first.map]);
      return { outputText: second.text };
    },
  };
  require.cache[path]!.exports = extended;
}

export interface CellConverter extends Converter {
  /** The name under which the next cell is compiled and shown in stacks. */
  cellName: string;
  /** What the compiler had against the last cell. */
  diagnostics: Diagnostic[];
}

export function createCellConverter(): CellConverter {
  extendCompiler();
  const tslab = require("tslab/dist/converter.js") as typeof import("tslab/dist/converter.js");
  const converter = tslab.createConverter({ isJS: false, isBrowser: false });
  const cells: CellConverter = {
    ...converter,
    cellName: "cell",
    diagnostics: [],
    convert(previous, source) {
      const result = converter.convert(previous, source);
      cells.diagnostics = result.diagnostics;
      return { ...result, ...nameScripts(result, source, cells.cellName) };
    },
    addModule(name, content, meta) {
      cells.diagnostics = converter.addModule(name, content, meta);
      return cells.diagnostics;
    },
  };
  return cells;
}

/** The converter compiles a cell behind a line of its own, and we start its code on a new line to keep its columns. */
function nameScripts(result: ConvertResult, source: string, name: string): Partial<ConvertResult> {
  for (const { path, data } of result.sideOutputs ?? []) mapScript(data, { name: path, source: path.replace(/\.js$/, ".ts") });
  if (!result.output) return {};
  mapScript(result.output, { name, source: name, linesBefore: 1, sourceLinesBefore: 1 });
  return {
    output: `\n${result.output}\n//# sourceURL=${name}`,
    hasToplevelAwait: awaitsAtTopLevel(result.output),
  };
}
