/** Runs another program to its end. */
import { spawn } from "node:child_process";

export interface ProgramOptions {
  env?: NodeJS.ProcessEnv | undefined;
  signal?: AbortSignal | undefined;
  /** Gets each line of its stdout as it comes. */
  onLine?: ((line: string) => void) | undefined;
}

export interface ProgramResult {
  code: number | null;
  /** stdout and stderr, as they came. */
  output: string;
}

/** @throws {Error} with code ENOENT when there is no such program, an AbortError when `signal` ends it. */
export function runProgram(program: string, args: readonly string[], { env, signal, onLine }: ProgramOptions = {}): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env, signal, windowsHide: true });
    let output = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) onLine?.(line);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
