/**
 * Models behind an API as OpenAI's. On Fastify: it checks bodies against the same JSON Schema that the OpenAPI document is made of, limits them, logs as JSON
 * lines, and closes in order.
 */
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { ApiKeys } from "./admission/api-keys.ts";
import { Answering } from "./answering.ts";
import { buildApp } from "./app.ts";
import { checkGate, type Gate } from "./models/gate.ts";
import { checkCanary, ModelPool, type Canary, type ReloadReport } from "./models/pool.ts";
import type { ServedModel } from "./models/served-model.ts";
import { LiveRequests, type LiveState } from "./operations/live.ts";
import { Metrics } from "./operations/metrics.ts";
import { checkServe, type ServeOptions } from "./options.ts";
import { checkOptions, checkText } from "../runtime/check.ts";

export interface ReloadOptions {
  /** Another file or folder, or an adapter. @default the same again */
  to?: Pick<ServedModel, "model" | "adapter" | "dtype">;
  /** Questions that the new version has to answer first. */
  gate?: Gate;
  /** A share of the requests that the new version gets before it takes over. @default it takes over at once */
  canary?: Canary;
}

/** A server that listens. Give it back with close(). */
export class ModelServer implements AsyncDisposable {
  /** Where it listens, without a slash at the end; clients' base URL is this and "/v1". */
  readonly url: string;
  readonly #app: FastifyInstance;
  readonly #pool: ModelPool;
  readonly #live: LiveRequests;
  readonly #drain: { isDraining: boolean };
  #closed: Promise<void> | undefined;

  /** @internal */
  constructor(app: FastifyInstance, pool: ModelPool, live: LiveRequests, drain: { isDraining: boolean }) {
    const { address, port, family } = app.server.address() as AddressInfo;
    this.url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
    this.#app = app;
    this.#pool = pool;
    this.#live = live;
    this.#drain = drain;
  }

  /** What the dashboard shows. */
  get state(): LiveState {
    return this.#live.state(this.#pool, this.#drain.isDraining);
  }

  /**
   * Opens a model anew while the old version goes on, and exchanges them where the new one passes the gate and its trial.
   *
   * @throws {UnavailableError} The new version cannot be opened; the old one goes on.
   */
  reload(id: string, options: ReloadOptions = {}): Promise<ReloadReport> {
    checkText("id", id, { allowEmpty: false });
    checkOptions("options", options, ["to", "gate", "canary"]);
    const { to = {}, gate, canary } = options;
    return this.#pool.reload(id, to, gate && checkGate(gate), canary && checkCanary(canary));
  }

  /** Takes no new connections, answers all that has been asked, and gives the models back. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#drain.isDraining = true;
    await this.#app.close();
    await this.#pool.close();
  }
}

/**
 * Serves models.
 *
 * @example
 * const server = await serve({ models: ['SmolLM2-135M-Instruct'], port: 0 })
 * const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' })
 * @throws {UnavailableError} A model cannot be had, or the port is taken.
 */
export async function serve(options: ServeOptions): Promise<ModelServer> {
  const checked = checkServe(options);
  const pool = new ModelPool(checked.models, checked.memory, checked.queue);
  try {
    if (checked.preload) await pool.openAll();
    const [live, drain] = [new LiveRequests(), { isDraining: false }];
    const metrics = new Metrics(() => pool);
    const keys = new ApiKeys(checked.keys);
    const answering = new Answering({
      pool,
      metrics,
      live,
      clientOf: (request) => keys.clientOf(request.headers.authorization),
      timeout: checked.timeout,
      mostTokens: checked.mostTokens,
      logPrompts: checked.logPrompts,
    });
    const app = await buildApp({ checked, pool, metrics, live, drain, keys, answering });
    await app.listen({ host: checked.host, port: checked.port });
    return new ModelServer(app, pool, live, drain);
  } catch (error) {
    await pool.close();
    throw error;
  }
}
