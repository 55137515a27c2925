/** Runs another program to its end; its last words are the reason when it fails. */
import { spawn } from "node:child_process";
import { UnavailableError } from "../../errors.ts";

export interface CommandOptions {
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

/**
 * @returns What the program printed.
 * @throws {UnavailableError} The program failed. Facts: command, exitCode.
 * @throws {Error} With the system's code ENOENT when there is no such program.
 */
export function runCommand(command: string, args: string[], { signal, onLine }: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32", signal });
    let output = "";
    let errors = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) onLine?.(line);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else {
        const what = `${command} ${args.slice(0, 2).join(" ")} ended with exit code ${code}: ${lastWords(errors || output)}`;
        reject(new UnavailableError(what, { hint: `run ${command} ${args.join(" ")} to see more`, facts: { command, exitCode: code } }));
      }
    });
  });
}

/** The line that says what went wrong: the last one marked as an error, else the last. */
function lastWords(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !/^npm error (A complete log|\s*\S*_logs)/.test(line));
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "no output").trim();
}
