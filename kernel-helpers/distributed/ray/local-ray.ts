/** A Ray cluster on this machine alone: for a notebook, for tests, for trying out what a larger one will run. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { UnavailableError } from "../../errors.ts";
import { checkInteger, checkOptions, checkSignal, checkText } from "../../runtime/check.ts";
import { findPython, freePort } from "../../runtime/python.ts";
import type { RayAddress } from "./connection.ts";
import { RayJobs } from "./jobs.ts";

export interface LocalRayOptions {
  /** CPUs that Ray hands out to workers; it may be more than the machine has. @default 2 */
  cpus?: number;
  /** Bytes of shared memory for objects. @default 200,000,000 */
  objectMemory?: number;
  /** The Python that has Ray. @default .venv of this folder or one above it, then python3, then python */
  python?: string;
  /** Ports of the head and of its dashboard, such as those of a cluster that is to come back. @default free ones */
  ports?: { head: number; dashboard: number };
  /** @default a random one */
  token?: string;
  /** Seconds to wait until jobs can be submitted. @default 300 */
  timeout?: number;
  signal?: AbortSignal;
}

/** A cluster that runs until close(). */
export interface LocalRay {
  /** What new RayJobs(…), new RayServe(…), trainDataParallel, embedCorpus and sweep take. */
  readonly cluster: Required<RayAddress>;
  /** Of the process that all others of the cluster belong to. */
  readonly pid: number;
  /** Path of the Python that it runs on. */
  readonly python: string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Says how Ray comes onto a machine. */
export const rayHint =
  'pip install "ray[default,data,serve,tune]" torch (Python 3.10 or newer); in a checkout of Cairn, npm run bench:setup does it';

/**
 * Starts `ray start --head` with a dashboard on 127.0.0.1 and token authentication. It ends with close(), or with this process, however that ends.
 *
 * @throws {UnavailableError} No Python here has Ray, or it did not come up.
 * @example
 * const ray = await startRay({ cpus: 2 });
 * const jobs = new RayJobs(ray.cluster);
 */
export async function startRay(options: LocalRayOptions = {}): Promise<LocalRay> {
  checkOptions("options", options, ["cpus", "objectMemory", "python", "ports", "token", "timeout", "signal"]);
  const { cpus = 2, objectMemory = 200_000_000, timeout = 300, signal } = options;
  checkInteger("cpus", cpus, { min: 1 });
  checkInteger("objectMemory", objectMemory, { min: 80_000_000 });
  checkInteger("timeout", timeout, { min: 1 });
  checkSignal("signal", signal);
  signal?.throwIfAborted();
  const token = checkText("token", options.token ?? randomBytes(32).toString("hex"), { allowEmpty: false });
  const python =
    options.python === undefined ? findPython("ray, torch", rayHint) : checkText("python", options.python, { allowEmpty: false });
  const settings = { cpus, objectMemory, timeout, signal, token, python, ports: options.ports };
  for (const start = performance.now(); ;) {
    try {
      return await startOnce(settings);
    } catch (error) {
      // Ray gives its own processes a quarter of a minute to start, which is too little when the machine is very busy: it may do better next time.
      const isOver = performance.now() - start > timeout * 500;
      if (isOver || !(error instanceof UnavailableError) || error.facts["exited"] !== true) throw error;
    }
  }
}

interface Settings extends Required<Omit<LocalRayOptions, "ports" | "signal">> {
  ports: LocalRayOptions["ports"];
  signal: AbortSignal | undefined;
}

async function startOnce({ cpus, objectMemory, timeout, signal, token, python, ports }: Settings): Promise<LocalRay> {
  const { head, dashboard } = ports ?? { head: await freePort(), dashboard: await freePort() };
  const folder = await mkdtemp(path.join(tmpdir(), "ray-")); // sockets lie in it, whose paths may have 107 bytes
  const args = ["start", "--head", "--block", `--port=${head}`, "--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1"];
  const limits = [`--dashboard-port=${dashboard}`, `--num-cpus=${cpus}`, `--object-store-memory=${objectMemory}`, `--temp-dir=${folder}`];
  const others = [...(await agentPorts()), "--disable-usage-stats"];
  const server = spawn(python, ["-c", program, ...args, ...limits, ...others], {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      PATH: `${path.dirname(python)}${path.delimiter}${process.env["PATH"]}`,
      RAY_AUTH_MODE: "token",
      RAY_AUTH_TOKEN: token,
      RAY_worker_niceness: "0", // else 15: whatever else runs here would go first
      CAIRN_PYTHON: python, // a job's shell may put another in front
      // Ray gives either a minute, which is too little on a busy machine; a job whose Python was late five times has failed.
      RAY_DASHBOARD_STARTUP_TIMEOUT_S: String(timeout),
      RAY_worker_register_timeout_seconds: String(timeout),
    },
  });
  let said = "";
  for (const output of [server.stdout, server.stderr])
    output.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-8000)));
  const close = async (): Promise<void> => {
    if (server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
      const ended = once(server, "exit");
      server.stdin.end();
      await ended;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const cluster = { address: `http://127.0.0.1:${dashboard}`, token };
  try {
    await ready(cluster, server, timeout, signal, () => said);
  } catch (error) {
    await close();
    throw error;
  }
  return { cluster, pid: server.pid ?? 0, python, close, [Symbol.asyncDispose]: close };
}

/** Ports that are the same for every cluster, so that a second one on a machine would come up without what submits jobs. */
async function agentPorts(): Promise<string[]> {
  const names = ["dashboard-agent-listen", "dashboard-agent-grpc", "metrics-export", "runtime-env-agent", "ray-client-server"];
  const ports = await Promise.all(names.map(freePort)); // all at once, so that none is given twice
  return names.map((name, index) => `--${name}-port=${ports[index]}`);
}

/** The command `ray`, which ends when its input does: its children are ended by SIGTERM, which it hands on after a moment. */
const program = `
import os, signal, sys, threading
def wait():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=wait, daemon=True).start()
from ray.scripts.scripts import main
sys.argv[0] = "ray"
sys.exit(main())`;

async function ready(
  cluster: RayAddress,
  server: ChildProcess,
  timeout: number,
  signal: AbortSignal | undefined,
  said: () => string,
): Promise<void> {
  const jobs = new RayJobs({ ...cluster, timeout: 5 });
  const failed = (what: string, exited: boolean = false): UnavailableError =>
    new UnavailableError(`Ray ${what}${said() && `: ${said().trim()}`}`, { hint: "its own message says more", facts: { exited } });
  let spawnError: Error | undefined;
  server.once("error", (error) => (spawnError = error));
  for (const start = performance.now(); performance.now() - start < timeout * 1000; await setTimeout(100)) {
    signal?.throwIfAborted();
    if (spawnError) throw failed(`could not be started (${spawnError.message})`);
    if (server.exitCode !== null || server.signalCode !== null)
      throw failed(`ended with code ${server.exitCode ?? server.signalCode}`, true);
    // The dashboard answers before there is anything to run a job on.
    if (!said().includes("Ray runtime started")) continue;
    const answers = await jobs.list().then(
      () => true,
      () => false,
    );
    if (answers) return;
  }
  throw failed(`did not come up within ${timeout} s`);
}
