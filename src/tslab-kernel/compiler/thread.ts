/** The compiler's thread: it answers the main thread about cells and modules, and front ends about code, also while a cell runs. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { CellCompiler, type CompilerOptions } from "./compiler.ts";
import { LanguageTools } from "./language/language.ts";
import { locate } from "./modules/locate.ts";
import type { Answer, CompilerQuestion, LanguageQuestion } from "./questions.ts";
import { storeCompiledCode } from "./typescript.ts";
import { unoptimised } from "./unoptimised.ts";

const { options, frontEnd } = workerData as { options: CompilerOptions; frontEnd: MessagePort };
/** So long after the first cell that this does not keep its imports waiting. */
const calmMs = 1000;

const compiler = new CellCompiler(options);
const language = new LanguageTools(compiler);

function toAnswer(id: number, work: () => unknown): Answer {
  try {
    return { id, value: work() };
  } catch (error) {
    const { message, name, code } = error as Error & { code?: unknown };
    return { id, error: { message, name, code: typeof code === "string" ? code : undefined } };
  }
}

parentPort!.on("message", (question: CompilerQuestion) => {
  if (question.kind === "settle") return compiler.settle(question.unreached);
  if (question.kind === "abandon") return compiler.abandon();
  const answer = toAnswer(question.id, () =>
    question.kind === "compile"
      ? compiler.compile(question.name, question.code, question)
      : locate(compiler, question.specifier, question.from),
  );
  parentPort!.postMessage(answer);
  if (question.kind === "compile" && question.mayAmend) prepareForFrontEnd();
});

/** A reader who runs a cell by hand is about to write the next one. */
let isPrepared = false;
function prepareForFrontEnd(): void {
  if (isPrepared) return;
  isPrepared = true;
  setTimeout(() => language.warmUp(), calmMs);
}

frontEnd.on("message", (question: LanguageQuestion) => {
  frontEnd.postMessage(toAnswer(question.id, () => language.answer(question.type, question.content)));
});

// The first program reads the libraries, which would keep the first cell waiting.
unoptimised(() => compiler.warmUp());
// Now, not later: the kernel of a short notebook ends soon.
storeCompiledCode();
