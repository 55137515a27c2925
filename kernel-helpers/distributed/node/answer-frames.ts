/** The Node half of a worker: it does what the actor above it asks for, until its input ends. Started as `node worker.js 3 4`. */
import { Console } from "node:console";
import { readFrame, writeFrame } from "./frames.ts";

export type Answer = readonly [head: object, body?: Float32Array];

/** What a worker can be asked, by name. */
export type Commands = Readonly<Record<string, (head: Record<string, unknown>, body: Float32Array) => Answer | Promise<Answer>>>;

/** Answers frames of the pipe whose number is the first argument over the one whose number is the second. An error that a command throws is its answer. */
export async function answerFrames(commands: Commands): Promise<void> {
  const [input, output] = process.argv.slice(2).map(Number) as [number, number];
  globalThis.console = new Console(process.stderr, process.stderr); // what a task prints belongs to the log
  for (let frame = readFrame(input); frame !== undefined; frame = readFrame(input)) {
    const { do: command, ...head } = frame.head;
    try {
      writeFrame(output, ...(await commands[command as string]!(head, frame.body)));
    } catch (error) {
      writeFrame(output, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
}
