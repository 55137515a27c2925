/** A JupyterLab server that lives as long as this process, and no longer, however that one ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CairnError } from "../errors.ts";
import { checkoutFolder } from "../runtime/checkout.ts";
import { writeKernelspec } from "../tslab-kernel/index.ts";
import type { LabEnvironment } from "./environment.ts";
import { openLog } from "./log.ts";

export interface LabOptions {
  environment: LabEnvironment;
  /** What JupyterLab shows as its root. */
  folder: string;
  /** A file of that folder to begin with. */
  file?: string | undefined;
  /** Cairn's cache folder, where JupyterLab keeps its settings. */
  cache: string;
  /** This port and no other; from 8888 the first that is free when absent. */
  port?: number | undefined;
  /** How long it may take to answer. @default 60000 */
  timeoutMs?: number;
}

export interface Lab {
  /** With the token, which lets anyone who has it run code. */
  url: string;
  /** The file with all that JupyterLab and its kernels write. */
  log: string;
  /** Resolves with the exit code when the server has ended: by close(), or from within (File → Shut Down). */
  ended: Promise<number | null>;
  /** Ends the server and its kernels; resolves when they are gone. */
  close(): Promise<void>;
}

/** How `cairn clean` recognises the server in the list of processes. */
export const serverMark: string = `cairn lab of <${checkoutFolder}>`;

/** JupyterLab's own start, ended in order when the pipe at its stdin closes, which happens also when we are killed. */
const program = `# ${serverMark}
import os, signal, sys, threading
def end_with_parent():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
from jupyterlab.labapp import main
sys.exit(main())
`;

/** How long kernels may take to end when the server ends. */
const graceMs = 8000;

/** @throws {CairnError} when it does not come up, with what it said. */
export async function startLab({ environment, folder, file, cache, port, timeoutMs = 60_000 }: LabOptions): Promise<Lab> {
  const log = openLog(join(cache, "lab", "logs"));
  const runtime = await mkdtemp(join(tmpdir(), "cairn-lab-"));
  // Not in the environment, which checkouts share: each server starts kernels of its own checkout.
  await writeKernelspec(join(runtime, "kernels", "tslab"));
  const token = randomBytes(24).toString("hex");
  const server = spawn(environment.python, ["-c", program, ...parameters(folder, cache, port)], {
    cwd: folder,
    env: {
      ...process.env,
      // Settings and kernels of this environment alone: somebody else's configuration cannot break the course.
      JUPYTER_CONFIG_DIR: join(cache, "lab", "config"),
      JUPYTER_DATA_DIR: join(cache, "lab", "data"),
      JUPYTER_PATH: runtime, // where kernels are looked for first
      JUPYTER_RUNTIME_DIR: runtime,
      JUPYTER_TOKEN: token,
      PYTHONUNBUFFERED: "1", // what it writes is in the log also when it is killed
    },
    // Ctrl-C in the terminal goes to us alone.
    detached: process.platform !== "win32",
    windowsHide: true,
    stdio: ["pipe", log.descriptor, log.descriptor],
  });
  log.close();
  let failure: string | undefined;
  const ended = new Promise<number | null>((done) => {
    server.once("error", (error) => {
      failure = error.message;
      done(null);
    });
    server.once("exit", done);
  }).finally(() => rm(runtime, { recursive: true, force: true }));
  const close = async (): Promise<void> => {
    server.stdin!.destroy();
    const timer = setTimeout(() => killGroup(server), graceMs);
    await ended;
    clearTimeout(timer);
  };
  let isOver = false;
  void ended.then(() => (isOver = true));
  const deadline = Date.now() + timeoutMs;
  const info = join(runtime, `jpserver-${server.pid}.json`);
  const address = await Promise.race([untilItAnswers(info, token, () => isOver || Date.now() > deadline), ended]);
  if (typeof address === "string") return { url: pageOf(address, token, file), log: log.path, ended, close };
  await close();
  const how = address === undefined ? `did not answer within ${timeoutMs / 1000} s` : "ended before it answered";
  throw new CairnError(`JupyterLab ${how}: ${failure ?? log.lastWords()}`, {
    hint: `all it said is in ${log.path}; cairn doctor looks at the environment, cairn clean --all removes it, and cairn lab makes a new one`,
  });
}

function pageOf(address: string, token: string, file: string | undefined): string {
  const place = file === undefined ? "lab" : `lab/tree/${file.split(/[\\/]/).map(encodeURIComponent).join("/")}`;
  return `${address}${place}?token=${token}`;
}

function parameters(folder: string, cache: string, port: number | undefined): string[] {
  const root = resolve(folder);
  const options = {
    root_dir: root,
    open_browser: "False",
    ...(port === undefined ? {} : { port, port_retries: 0 }),
    ...(process.getuid?.() === 0 ? { allow_root: "True" } : {}),
  };
  return [
    ...Object.entries(options).map(([name, value]) => `--ServerApp.${name}=${value}`),
    // Which files are open is remembered for each folder: those of another are not there.
    `--LabApp.workspaces_dir=${join(cache, "lab", "workspaces", createHash("sha256").update(root).digest("hex").slice(0, 12))}`,
    // JupyterLab does not ask which kernel to take: the environment's Python cannot run notebooks.
    "--KernelSpecManager.allowed_kernelspecs=tslab",
    "--MappingKernelManager.default_kernel_name=tslab",
  ];
}

/** The address, from the file in which a running server describes itself; nothing when it is too late. */
async function untilItAnswers(file: string, token: string, isTooLate: () => boolean): Promise<string | undefined> {
  while (!isTooLate()) {
    try {
      const { url } = JSON.parse(await readFile(file, "utf8")) as { url: string };
      const { ok } = await fetch(new URL("api/status", url), { headers: { authorization: `token ${token}` } });
      if (ok) return url;
    } catch {
      // not yet
    }
    await new Promise((next) => setTimeout(next, 100));
  }
  return undefined;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // it has just gone
  }
}
