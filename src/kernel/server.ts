/**
 * Kernels of a running Jupyter Server, by its REST API and WebSocket. The server starts, watches and ends them; what their processes
 * write past the protocol stays in the server's own log.
 */
import { relative, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { KernelAPI, KernelConnection, KernelSpecAPI, ServerConnection, type Kernel } from "@jupyterlab/services";
import { CairnError, InputError } from "../errors.ts";
import { quietServices } from "./quiet-services.ts";
import type { KernelDeath, KernelSource, RunningKernel } from "./running.ts";

export interface ServerKernelsOptions {
  /** As Jupyter prints it when it starts; a `?token=` in it counts unless `token` is given. */
  url: string;
  token?: string;
  /** Name of the kernelspec on the server. @default the server's default */
  kernel?: string;
  /** The folder here that is the server's root folder; kernels of folders beneath it start in the same folder there. @default the working directory */
  root?: string;
}

/** How often, and after which pause, a server is asked to end a kernel. */
const maxTries = 10;
const retryMs = 300;

/** The statuses by which a server says that a kernel's process has ended, and that it has started another. */
const deathStatuses: readonly Kernel.Status[] = ["dead", "autorestarting", "restarting"];

/** A kernel that the server has restarted has lost the notebook's state and is of no use; a reconnection that fails would be an unhandled rejection. */
class MortalConnection extends KernelConnection {
  override async reconnect(): Promise<void> {}
}

class ServerKernel implements RunningKernel {
  readonly connection: Kernel.IKernelConnection;
  readonly died: Promise<KernelDeath>;
  #closing: Promise<void> | undefined;

  constructor(connection: Kernel.IKernelConnection) {
    this.connection = connection;
    this.died = new Promise((resolve) => {
      const die = (lastWords: string): void => {
        if (!this.#closing) resolve({ code: null, signal: null, lastWords });
      };
      connection.statusChanged.connect((_, status) => {
        if (deathStatuses.includes(status)) die("");
      });
      connection.connectionStatusChanged.connect((_, status) => {
        if (status === "disconnected") die("the connection to the Jupyter Server was lost");
      });
    });
  }

  onProcessOutput(): () => void {
    return () => undefined;
  }

  memory(): undefined {
    return undefined;
  }

  interrupt(): Promise<void> {
    return this.connection.interrupt();
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    // One that is gone already, or whose server is, needs no end.
    for (let tries = 0; tries < maxTries && !(await this.#shutDown()); tries++) await pause(retryMs);
    this.connection.dispose();
  }

  /** Returns whether the server has taken the request. One that is restarting a dead kernel answers with an error, and would keep the kernel. */
  async #shutDown(): Promise<boolean> {
    if (this.connection.isDisposed) return true;
    return this.connection.shutdown().then(
      () => true,
      (error: unknown) => !(error instanceof ServerConnection.ResponseError),
    );
  }
}

export class ServerKernels implements KernelSource {
  readonly #url: string;
  readonly #settings: ServerConnection.ISettings;
  readonly #kernel: string | undefined;
  readonly #root: string;
  readonly #all = new Set<RunningKernel>();

  constructor({ url, token, kernel, root = process.cwd() }: ServerKernelsOptions) {
    quietServices();
    const address = URL.canParse(url) ? new URL(url) : undefined;
    if (!address || !/^https?:$/.test(address.protocol)) {
      throw new InputError(`not the URL of a Jupyter Server: ${url}`, { hint: "it looks like http://localhost:8888/" });
    }
    this.#url = `${address.origin}${address.pathname.replace(/\/(lab|tree)?\/?$/, "/")}`;
    this.#settings = ServerConnection.makeSettings({ baseUrl: this.#url, token: token ?? address.searchParams.get("token") ?? "" });
    this.#kernel = kernel;
    this.#root = root;
  }

  /** A server's kernels are not started ahead: they count against others' limits. */
  prepare(): void {}

  /** @throws {CairnError} The server cannot be reached. @throws {InputError} It refuses the token, or does not have the kernel. */
  async acquire(cwd: string): Promise<RunningKernel> {
    try {
      const options = { name: await this.#kernelName(), path: this.#pathOnServer(cwd) };
      const model = await KernelAPI.startNew(options, this.#settings);
      const kernel = new ServerKernel(new MortalConnection({ model, serverSettings: this.#settings, username: "cairn" }));
      this.#all.add(kernel);
      const failure = kernel.died.then(({ lastWords }) => Promise.reject(new Error(lastWords || "the kernel died while it started")));
      await Promise.race([kernel.connection.info, failure]);
      return kernel;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((kernel) => kernel.close()));
  }

  async #kernelName(): Promise<string> {
    const { default: usual, kernelspecs } = await KernelSpecAPI.getSpecs(this.#settings);
    const name = this.#kernel ?? usual;
    if (kernelspecs[name]) return name;
    throw new InputError(
      `the Jupyter Server at ${this.#url} has no kernel ${JSON.stringify(name)} (it has ${Object.keys(kernelspecs).join(", ")})`,
      { facts: { url: this.#url, kernel: name, found: Object.keys(kernelspecs) } },
    );
  }

  /** Relative to the server's root. A server that lacks the folder takes the nearest one above that it has. */
  #pathOnServer(cwd: string): string {
    const path = relative(this.#root, cwd).split(sep).join("/");
    return path.startsWith("..") ? "" : path;
  }

  #explain(error: unknown): Error {
    if (error instanceof CairnError) return error;
    if (error instanceof ServerConnection.NetworkError) {
      return new CairnError(`cannot reach the Jupyter Server at ${this.#url}`, {
        hint: "is it running? jupyter server list",
        facts: { url: this.#url },
        cause: error,
      });
    }
    if (error instanceof ServerConnection.ResponseError && [401, 403].includes(error.response.status)) {
      return new InputError(`the Jupyter Server at ${this.#url} refuses the token`, {
        hint: "jupyter server list shows each server with its token; pass it with --token",
        facts: { url: this.#url, status: error.response.status },
        cause: error,
      });
    }
    return new CairnError(
      `the Jupyter Server at ${this.#url} started no kernel: ${error instanceof Error ? error.message : String(error)}`,
      { facts: { url: this.#url }, cause: error },
    );
  }
}
