/** A task's module, before workers are started that would all refuse it. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkText } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { nodeCommand } from "./command.ts";
import { taskExamples } from "./load-module.ts";

/** @returns Its absolute path. */
export function checkTask(task: unknown): string {
  const file = path.resolve(checkText("task", task, { allowEmpty: false }));
  if (existsSync(file)) return file;
  throw argumentError("task", "the path of a module", task, { hint: "there is no such file" });
}

/**
 * Loads the module in a process of its own, which is started as workers are.
 *
 * @throws {ArgumentError} It cannot be loaded, or has no function as its default export.
 */
export async function checkTaskLoads(file: string, purpose: keyof typeof taskExamples, signal: AbortSignal | undefined): Promise<void> {
  using interrupt = await interruptible(signal);
  const [, ...args] = nodeCommand("distributed/node/load-task");
  const child = spawn(process.execPath, [...args, file, purpose], { stdio: ["ignore", "ignore", "pipe", "ipc"], signal: interrupt.signal });
  let said = "";
  let told: { error?: string } | undefined;
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
  child.on("message", (message: { error?: string }) => (told = message));
  const ended = await new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message)).on("close", (code, by) => resolve(`its process ended with ${code ?? by}`));
  });
  interrupt.signal.throwIfAborted();
  const problem = told === undefined ? [ended, ...said.trim().split("\n").slice(-1)].join(": ") : told.error;
  if (problem === undefined) return;
  throw new ArgumentError(`task cannot be loaded: ${problem}`, {
    hint: `it is a module with: export default ${taskExamples[purpose]}`,
    facts: { argument: "task", value: file, log: said },
  });
}
