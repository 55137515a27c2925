/** A kernel in a child process, behind the KernelConnection of @jupyterlab/services, without a Jupyter Server or Python in between. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { setImmediate as immediate, setTimeout as pause } from "node:timers/promises";
import { KernelConnection, KernelMessage, ServerConnection } from "@jupyterlab/services";
import { within } from "../runtime/within.ts";
import { createEndpoint, type Endpoint } from "./endpoint.ts";
import { KernelStartError } from "./errors.ts";
import { KernelProcess } from "./process.ts";
import { quietServices } from "./quiet-services.ts";
import { reapAtExit } from "./reaper.ts";
import type { KernelDeath, RunningKernel } from "./running.ts";
import type { KernelSpec } from "./kernelspec.ts";
import { KernelSocket } from "./kernel-socket.ts";

export interface StartOptions {
  cwd: string;
  /** How long a kernel may take until it answers. */
  timeoutMs?: number;
}

/** What a kernel sent before it died may still be on its way from the socket. */
const drainMs = 50;
/** How long a kernel may take to end by itself when asked to, and when told to: as long as jupyter_client gives it. */
const graceMs = { shutdown: 2500, terminate: 2500 };

class LocalKernel implements RunningKernel {
  readonly connection: KernelConnection;
  readonly died: Promise<KernelDeath>;
  readonly onProcessOutput: RunningKernel["onProcessOutput"];
  readonly #spec: KernelSpec;
  readonly #process: KernelProcess;
  readonly #endpoint: Endpoint;
  readonly #release: () => void;
  #closing: Promise<void> | undefined;

  constructor(spec: KernelSpec, endpoint: Endpoint, { cwd }: StartOptions) {
    this.#spec = spec;
    this.#endpoint = endpoint;
    const argv = spec.argv.map((argument) => argument.replaceAll("{connection_file}", endpoint.connectionFile));
    // As nbclient does: IPython's history is a database that kernels side by side would lock, and it is the reader's own.
    if (argv.includes("ipykernel_launcher")) argv.push("--HistoryManager.hist_file=:memory:");
    const kernelProcess = new KernelProcess(argv, { cwd, env: spec.env });
    this.#process = kernelProcess;
    this.#release = reapAtExit(() => {
      kernelProcess.kill();
      endpoint.remove();
    });
    this.onProcessOutput = (listener) => kernelProcess.onOutput(listener);
    const socket = new KernelSocket(endpoint);
    this.connection = connect(spec, socket);
    this.died = new Promise((resolve) => {
      void kernelProcess.ended.then(async (death) => {
        await pause(drainMs);
        socket.announceDeath();
        socket.close();
        if (!this.#closing) resolve(death);
      });
    });
  }

  /** @throws {KernelStartError} */
  async untilReady(timeoutMs: number): Promise<void> {
    const failure = (message: string, hint?: string): KernelStartError =>
      new KernelStartError(message, { lastWords: this.#process.lastWords, ...(hint === undefined ? {} : { hint }) });
    const what = `the kernel ${this.#spec.name} (${this.#spec.argv.join(" ")})`;
    const isReady = await Promise.race([
      within(this.connection.info, timeoutMs),
      this.#process.ended.then(({ code, signal }) => {
        const how = signal ? `was ended by ${signal}` : code === null ? "could not be started" : `ended with exit code ${code}`;
        throw failure(`${what} ${how} before it was ready`);
      }),
    ]);
    if (!isReady)
      throw failure(`${what} did not answer within ${timeoutMs / 1000} s`, "is the machine overloaded? run fewer notebooks at once");
  }

  memory(enough: number): number | undefined {
    return this.#process.memory(enough);
  }

  async interrupt(): Promise<void> {
    if (this.#spec.interruptMode === "signal") return this.#process.signal("SIGINT");
    this.#sendControl("interrupt_request", {});
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await immediate(); // the client settles a cell before it takes in that the kernel is idle
    // A busy one may hold or fill memory meanwhile, and would hardly listen.
    if (this.connection.status === "idle") await this.#askToEnd();
    this.#process.kill();
    await this.#process.vanished();
    this.connection.dispose();
    this.#endpoint.remove();
    this.#release();
  }

  async #askToEnd(): Promise<void> {
    this.#sendControl("shutdown_request", { restart: false });
    if (await within(this.#process.ended, graceMs.shutdown)) return;
    this.#process.signal("SIGTERM");
    await within(this.#process.ended, graceMs.terminate);
  }

  #sendControl(msgType: "interrupt_request" | "shutdown_request", content: object): void {
    if (this.connection.isDisposed || this.connection.status === "dead") return;
    const { clientId: session } = this.connection;
    const message: KernelMessage.IMessage = KernelMessage.createMessage({ channel: "control", msgType, session, content } as never);
    // The reply does not matter: what counts is that the cell, or the kernel, ends.
    this.connection.sendControlMessage(message as KernelMessage.IControlMessage, false).done.catch(() => undefined);
  }
}

function connect(spec: KernelSpec, socket: KernelSocket): KernelConnection {
  quietServices();
  // The client makes its socket itself, with `new`; a constructor that returns an object gives it ours.
  const WebSocket = function (): KernelSocket {
    return socket;
  } as unknown as typeof globalThis.WebSocket;
  const asIs = { serialize: (message: unknown) => message, deserialize: (message: unknown) => message };
  const settings = { WebSocket, wsUrl: "zmq:", baseUrl: "http://localhost/", serializer: asIs } as unknown as ServerConnection.ISettings;
  return new KernelConnection({
    model: { id: randomUUID(), name: spec.name },
    serverSettings: ServerConnection.makeSettings(settings),
    username: "cairn",
  });
}

async function startOnce(spec: KernelSpec, options: StartOptions): Promise<LocalKernel> {
  const kernel = new LocalKernel(spec, await createEndpoint(spec.transport, spec.name), options);
  try {
    await kernel.untilReady(options.timeoutMs ?? 60_000);
    return kernel;
  } catch (error) {
    await kernel.close();
    throw error;
  }
}

/**
 * Starts a kernel; resolves when it can execute.
 *
 * @throws {KernelStartError} with the end of what the process wrote.
 */
export async function startKernel(spec: KernelSpec, options: StartOptions): Promise<RunningKernel> {
  // spawn() would blame the program.
  if (!existsSync(options.cwd)) throw new KernelStartError(`the kernel's folder ${options.cwd} does not exist`, { lastWords: "" });
  try {
    return await startOnce(spec, options);
  } catch (error) {
    // Another program may have taken a port after we found it free; ipc sockets have no such gap.
    const portTaken = /EADDRINUSE|Address already in use/i.test(error instanceof KernelStartError ? error.lastWords : "");
    if (spec.transport === "ipc" || !portTaken) throw error;
    return startOnce(spec, options);
  }
}
