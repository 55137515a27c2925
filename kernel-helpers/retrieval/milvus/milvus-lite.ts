/** milvus-lite, the small Milvus from PyPI, started as a server of its own: for a notebook, for tests, for collections of moderate size. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { UnavailableError } from "../../errors.ts";
import { checkOptions, checkText } from "../../runtime/check.ts";
import { findPython, freePort } from "../../runtime/python.ts";

export interface MilvusLiteOptions {
  /** Where it keeps its files; made when it does not exist. */
  dataDir: string;
  /** The Python that has milvus-lite. @default .venv of this folder or one above it, then python3, then python */
  python?: string;
}

/** Vectors that are not yet in a file are compared row by row in Python, ten times as slowly: by its own default up to 128 MiB of them. */
const unsealedBytes = 8 * 2 ** 20;

const pythonHint = "pip install milvus-lite pymilvus (Python 3.10 or newer); in a checkout of Cairn, npm run bench:setup does it";

/** `python -m milvus_lite`, which also ends when its input does: with this process, however that ends. */
const program = `
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
runpy.run_module("milvus_lite", run_name="__main__")`;

/** A server that runs until close(), or until this process ends. */
export interface MilvusLite {
  /** Host and port, for openStore({ kind: "milvus", address, … }). */
  readonly address: string;
  readonly pid: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Milliseconds until it listens: Python, NumPy, Arrow and gRPC have to be loaded. */
const longestStart = 60_000;

/**
 * Starts milvus-lite's server on a free port of this machine.
 *
 * @throws {UnavailableError} No Python here has milvus-lite, or it ended before it listened.
 * @example
 * const server = await startMilvusLite({ dataDir: 'milvus-data' })
 * const store = await openStore({ kind: 'milvus', address: server.address, collection: 'products', dimension: 384 })
 */
export async function startMilvusLite(options: MilvusLiteOptions): Promise<MilvusLite> {
  checkOptions("options", options, ["dataDir", "python"]);
  const dataDir = checkText("dataDir", options.dataDir, { allowEmpty: false });
  const python =
    options.python === undefined
      ? findPython("milvus_lite, pymilvus", pythonHint)
      : checkText("python", options.python, { allowEmpty: false });
  const port = await freePort();
  const server = spawn(python, ["-c", program, "server", "--data-dir", dataDir, "--host", "127.0.0.1", "--port", String(port)], {
    stdio: ["pipe", "ignore", "pipe"],
    env: { ...process.env, MILVUS_LITE_MEMTABLE_MEMORY_LIMIT_BYTES: String(unsealedBytes) },
  });
  let said = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  await listening(server, port, () => said);
  const close = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill();
    await ended;
  };
  return { address: `127.0.0.1:${port}`, pid: server.pid!, close, [Symbol.asyncDispose]: close };
}

async function listening(server: ChildProcess, port: number, said: () => string): Promise<void> {
  const failed = (what: string): UnavailableError =>
    new UnavailableError(`milvus-lite ${what}${said() && `: ${said().trim()}`}`, { hint: "its own message says more" });
  let spawnError: Error | undefined;
  server.once("error", (error) => (spawnError = error));
  for (const start = performance.now(); performance.now() - start < longestStart; await setTimeout(50)) {
    if (spawnError) throw failed(`could not be started (${spawnError.message})`);
    if (server.exitCode !== null) throw failed(`ended with code ${server.exitCode}`);
    const socket = connect(port, "127.0.0.1");
    const isOpen = await Promise.race([
      once(socket, "connect").then(
        () => true,
        () => false,
      ),
      setTimeout(1000, false),
    ]);
    socket.destroy();
    if (isOpen) return;
  }
  server.kill();
  throw failed(`did not listen within ${longestStart / 1000} s`);
}
