/**
 * What children with inherited streams and native code write to this process's own stdout and stderr. Under JupyterLab that would go to the
 * server's log; it goes to a file instead, which another thread reads for the notebook. A process that is ended leaves the file behind with its last
 * words, and the next kernel of the same connection says them where Jupyter logs them.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";

const readEveryMs = 50;
/** Once read, a file longer than this is begun anew. */
const longest = 1 << 20;

/**
 * Sends stdout and stderr to a file beside the connection file from now on. Must run before anything else opens files: a new file takes the lowest
 * number that is free.
 *
 * @returns the file; nothing where somebody reads the streams already, or the system does not number files like that.
 */
export function divertStreams(connectionFile: string): string | undefined {
  if (process.platform === "win32" || process.env["CAIRN_PARENT_PIPE"] === "1") return undefined;
  const file = `${connectionFile}.output`;
  try {
    const lastWords = readFileSync(file, "utf8").slice(-4096);
    if (lastWords !== "") writeSync(2, `the kernel before this one ended; its last words:\n${lastWords}\n`);
    rmSync(file);
  } catch {
    // there was none
  }
  for (const descriptor of [1, 2]) {
    closeSync(descriptor);
    if (openSync(file, "a+", 0o600) !== descriptor) return undefined;
  }
  return file;
}

/** Reads the file as it grows. */
export class NativeOutput {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #timer: NodeJS.Timeout;
  readonly #publish: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #position = 0;

  constructor(file: string, publish: (text: string) => void) {
    this.#file = file;
    this.#publish = publish;
    this.#descriptor = openSync(file, "r+");
    this.#timer = setInterval(() => this.read(), readEveryMs).unref();
  }

  read(): void {
    const { size } = fstatSync(this.#descriptor);
    if (size <= this.#position) return;
    const bytes = Buffer.alloc(size - this.#position);
    this.#position += readSync(this.#descriptor, bytes, 0, bytes.length, this.#position);
    this.#publish(this.#decoder.decode(bytes, { stream: true }));
    // Appending goes on at the new end.
    if (this.#position > longest && fstatSync(this.#descriptor).size === this.#position) {
      ftruncateSync(this.#descriptor);
      this.#position = 0;
    }
  }

  /** The process ends normally: what is left is published. */
  end(): void {
    clearInterval(this.#timer);
    this.read();
    rmSync(this.#file, { force: true });
  }
}
