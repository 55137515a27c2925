/** The thread in which a decoder's engine runs: it loads the model, then answers one run after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { Engine } from "./engine.ts";
import { packError, type Answer, type EngineStart, type Question } from "./messages.ts";

const port = parentPort!;
const send = (answer: Answer, transferred: ArrayBuffer[] = []): void => port.postMessage(answer, transferred);

try {
  const { place, ...options } = workerData as EngineStart;
  const engine = await Engine.load(place, options);
  port.on("message", (question: Question) => void answer(engine, question));
  send({ kind: "ready", config: engine.config });
} catch (error) {
  send({ kind: "failed", error: packError(error) });
}

async function answer(engine: Engine, question: Question): Promise<void> {
  try {
    if (question.kind === "close") {
      port.close(); // nothing else keeps the thread
      return await engine.close();
    }
    const logits = await run(engine, question);
    send({ kind: "logits", logits }, [logits.buffer]);
  } catch (error) {
    send({ kind: "failed", error: packError(error) });
  }
}

async function run(engine: Engine, question: Exclude<Question, { kind: "close" }>): Promise<Float32Array<ArrayBuffer>> {
  if (question.kind === "run") return engine.run(question.run);
  if (question.kind === "draw") return engine.draw(question.run);
  if (question.kind === "batch") return engine.runBatch(question.run);
  engine.runPrefix(question.run);
  return new Float32Array(0);
}
