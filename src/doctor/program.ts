/** Asks another program; a broken one shows as an error, never as ours. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const timeoutMs = 60_000;

/** @returns its stdout. @throws {Error} saying how it ended, when that was not well. */
export async function ask(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { timeout: timeoutMs, windowsHide: true })).stdout.trim();
  } catch (cause) {
    const { signal, code, stderr } = cause as { signal?: string; code?: string | number; stderr?: string };
    const how = signal ? `was ended by ${signal}` : code === "ENOENT" ? "is not there" : `ended with ${code}`;
    const said = stderr?.trim().split("\n").at(-1);
    throw new Error(`${program} ${how}${said ? `: ${said}` : ""}`, { cause });
  }
}
