/** A thread that checks notebooks, one after the other. Those of a folder share what has been read for the first. */
import { tmpdir } from "node:os";
import { parentPort } from "node:worker_threads";
import { CellCompiler } from "../compiler.ts";
import type { CellFindings, CheckedNotebook } from "./findings.ts";
import { NotebookChecker } from "./notebook-checker.ts";
import type { SharedFiles } from "../shared-files.ts";
import { storeCompiledCode } from "../typescript.ts";

/** By folder and strictness. */
const known = new Map<string, SharedFiles>();

function check({ folder, isStrict, cells }: CheckedNotebook): CellFindings[] {
  const key = `${isStrict} ${folder}`;
  const files = known.get(key);
  // Nothing is written: what cells import is looked up and not loaded.
  const compiler = new CellCompiler({ folder, notebook: undefined, scratch: tmpdir(), ...(files ? { files } : {}) });
  known.set(key, compiler.files);
  if (isStrict) compiler.files.beStrict();
  try {
    return new NotebookChecker(compiler, cells).check();
  } finally {
    compiler.service.language.dispose(); // what has been read stays, the cells go
  }
}

parentPort!.on("message", (notebook: CheckedNotebook) => {
  try {
    parentPort!.postMessage({ findings: check(notebook) });
  } catch (error) {
    parentPort!.postMessage({ error });
  }
  storeCompiledCode();
});
