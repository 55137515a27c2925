/** The compiler's thread: it answers the main thread about cells and modules, and front ends about code, also while a cell runs. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { CellCompiler, type CompilerOptions } from "./compiler.ts";
import { LanguageTools } from "./language.ts";
import { locate } from "./locate.ts";
import type { Answer, CompilerQuestion, LanguageQuestion } from "./questions.ts";
import { storeCompiledCode } from "./typescript.ts";
import { unoptimised } from "./unoptimised.ts";

const { options, frontEnd } = workerData as { options: CompilerOptions; frontEnd: MessagePort };
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
  const answer = toAnswer(question.id, () =>
    question.kind === "compile" ? compiler.compile(question.name, question.code) : locate(compiler, question.specifier, question.from),
  );
  parentPort!.postMessage(answer);
});

frontEnd.on("message", (question: LanguageQuestion) => {
  frontEnd.postMessage(toAnswer(question.id, () => language.answer(question.type, question.content)));
});

// The first program reads the libraries, which would keep the first cell waiting.
unoptimised(() => compiler.warmUp());
// Now, not later: the kernel of a short notebook ends soon.
storeCompiledCode();
