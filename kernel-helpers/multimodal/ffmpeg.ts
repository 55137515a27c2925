/** ffmpeg (ffmpeg.org) as another process: sound and frames of whatever it can read. It ends with the work that asked for it. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { FormatError, UnavailableError } from "../errors.ts";
import { checkText } from "../runtime/check.ts";
import { codeOf, unreadable } from "../runtime/files.ts";
import { interruptible } from "../runtime/interrupt.ts";

/** What ffmpeg wrote to its standard output, and what it said meanwhile. */
export interface FfmpegRun extends AsyncIterable<Buffer> {
  /** All that was said so far. */
  said(): string;
}

/**
 * Runs ffmpeg; iterating over the run gives its output, and throws when ffmpeg fails or is stopped. A loop that is left early ends the process.
 *
 * @param program "ffprobe" says what is in a file, and takes other arguments.
 * @throws {UnavailableError} ffmpeg is not installed.
 * @throws {FormatError} ffmpeg cannot read what it was given.
 */
export function runFfmpeg(args: readonly string[], signal?: AbortSignal, program: "ffmpeg" | "ffprobe" = "ffmpeg"): FfmpegRun {
  let said = "";
  async function* output(): AsyncGenerator<Buffer, void> {
    using interrupt = await interruptible(signal);
    interrupt.signal.throwIfAborted();
    const own = program === "ffmpeg" ? ["-hide_banner", "-nostdin"] : ["-hide_banner"]; // ffprobe reads no keys
    const child = spawn(program, [...own, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const stop = (): void => void child.kill("SIGKILL");
    interrupt.signal.addEventListener("abort", stop);
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on("error", (error) => reject(codeOf(error) === "ENOENT" ? missing(program, error) : error));
      child.on("close", resolve);
    });
    ended.catch(() => undefined); // it is awaited below, after the output
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    try {
      for await (const chunk of child.stdout) yield chunk as Buffer;
      const code = await ended;
      interrupt.signal.throwIfAborted();
      if (code !== 0) throw failed(program, args, code, said);
    } finally {
      interrupt.signal.removeEventListener("abort", stop);
      stop();
    }
  }
  return { said: () => said, [Symbol.asyncIterator]: output };
}

/** All of ffmpeg's output at once. */
export async function ffmpegOutput(
  args: readonly string[],
  signal?: AbortSignal,
  program: "ffmpeg" | "ffprobe" = "ffmpeg",
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of runFfmpeg(args, signal, program)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A path that ffmpeg takes for one: "-x.wav" is not one of its options, and "http:x" not an address. */
export function mediaFile(argument: string, file: string): string {
  checkText(argument, file, { allowEmpty: false });
  if (!existsSync(file)) throw unreadable(file, Object.assign(new Error("no such file"), { code: "ENOENT" }));
  return `file:${file}`;
}

const missing = (program: string, cause: unknown): UnavailableError =>
  new UnavailableError(`${program} is not installed`, {
    hint: "install ffmpeg (Debian and Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg), or pass WAV files, which need none",
    cause,
    facts: { program },
  });

function failed(program: string, args: readonly string[], exitCode: number | null, said: string): FormatError {
  const reason = said.trim().split("\n").at(-1) || "it said nothing";
  return new FormatError(`${program} ended with exit code ${exitCode}: ${reason}`, {
    hint: `run ${program} ${args.join(" ")} to see more`,
    facts: { program, exitCode, said },
  });
}
