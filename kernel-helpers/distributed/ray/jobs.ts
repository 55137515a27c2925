/** Ray's Jobs REST API (docs.ray.io, "Ray Jobs REST API"). */
import { setTimeout } from "node:timers/promises";
import { checkObject, checkOptions, isPlainObject } from "../../runtime/check.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { RayError } from "./errors.ts";
import { checkId, isOver, toJob, toRequest, type JobRequest, type RayJob } from "./job.ts";
import { tail } from "./tail.ts";

export interface JobCallOptions {
  signal?: AbortSignal;
}

/**
 * The jobs of a Ray cluster: commands that run on one of its machines and may ask Ray for more of them.
 *
 * Every method throws an UnavailableError when the dashboard does not answer, an AccessError for a wrong token, an ArgumentError for a job that is not
 * there or a request that Ray does not accept, and a RayError for what goes wrong inside of Ray.
 *
 * @example
 * const jobs = new RayJobs({ address: "http://127.0.0.1:8265" });
 * const id = await jobs.submit({ entrypoint: "node train.js", environment: { variables: { SEED: "1" } } });
 * for await (const text of jobs.logs(id)) process.stdout.write(text);
 * (await jobs.status(id)).status // "SUCCEEDED"
 */
export class RayJobs {
  readonly #connection: Connection;

  constructor(options: ConnectionOptions) {
    checkObject("options", options, { hint: 'pass { address: "http://127.0.0.1:8265" }' });
    checkOptions("options", options, ["address", "token", "timeout"]);
    this.#connection = new Connection(options);
  }

  /** Ray's version, such as "2.60.0". */
  async version({ signal }: JobCallOptions = {}): Promise<string> {
    const answer = await this.#connection.json("/api/version", { signal });
    return isPlainObject(answer) ? String(answer["ray_version"]) : "";
  }

  /** Starts a job, on a cluster that has just begun once it can. @returns Its id. */
  async submit(request: JobRequest, { signal }: JobCallOptions = {}): Promise<string> {
    const body = toRequest(request);
    for (const start = performance.now(); ; await setTimeout(250, undefined, { ...(signal && { signal }) })) {
      try {
        const answer = await this.#connection.json("/api/jobs/", { method: "POST", body, signal });
        return String((answer as { submission_id?: unknown }).submission_id);
      } catch (error) {
        // The dashboard answers seconds before anything behind it does; nothing has been started then.
        const isEarly = error instanceof RayError && error.message.includes("No available agent");
        if (!isEarly || performance.now() - start > longestStart) throw error;
      }
    }
  }

  /** How a job is doing. */
  async status(id: string, { signal }: JobCallOptions = {}): Promise<RayJob> {
    const route = routeOf(id);
    return toJob(`${this.#connection.address}${route}`, await this.#connection.json(route, { signal }));
  }

  /** All jobs that the cluster knows, also drivers that connected by themselves. */
  async list({ signal }: JobCallOptions = {}): Promise<RayJob[]> {
    const answer = await this.#connection.json("/api/jobs/", { signal });
    return (answer as unknown[]).map((job) => toJob(`${this.#connection.address}/api/jobs/`, job));
  }

  /** Asks a job to end. @returns Whether it was still running. */
  async stop(id: string, { signal }: JobCallOptions = {}): Promise<boolean> {
    const answer = await this.#connection.json(`${routeOf(id)}/stop`, { method: "POST", signal });
    return (answer as { stopped?: unknown }).stopped === true;
  }

  /** Forgets a job that is over, with its log. */
  async delete(id: string, { signal }: JobCallOptions = {}): Promise<void> {
    await this.#connection.json(routeOf(id), { method: "DELETE", signal });
  }

  /** What a job has written until now, to both of its outputs. */
  async log(id: string, { signal }: JobCallOptions = {}): Promise<string> {
    const answer = await this.#connection.json(`${routeOf(id)}/logs`, { signal });
    return (answer as { logs?: string }).logs ?? "";
  }

  /** What a job writes, from its beginning until it is over, as it comes. */
  logs(id: string, { signal }: JobCallOptions = {}): AsyncGenerator<string, void> {
    return this.#follow(id, `${routeOf(id)}/logs/tail`, signal);
  }

  /** Ray's stream may end before the job does; each begins with the log's beginning. */
  async *#follow(id: string, route: string, signal: AbortSignal | undefined): AsyncGenerator<string, void> {
    const options = { ...(signal && { signal }) };
    for (let read = 0; ; await setTimeout(250, undefined, options)) {
      let position = 0;
      for await (const piece of tail(this.#connection, route, signal)) {
        const fresh = piece.slice(Math.max(read - position, 0));
        position += piece.length;
        read = Math.max(read, position);
        if (fresh !== "") yield fresh;
      }
      if (!isOver((await this.status(id, options)).status)) continue;
      const rest = (await this.log(id, options)).slice(read);
      if (rest !== "") yield rest;
      return;
    }
  }

  /**
   * Waits until a job is over.
   *
   * @param options.mustSucceed Whether any other end than success is an error. @default true
   * @throws {RayError} It failed or was stopped; the end of its log is in `facts.log`.
   */
  async finished(id: string, { signal, mustSucceed = true }: JobCallOptions & { mustSucceed?: boolean } = {}): Promise<RayJob> {
    for (;;) {
      const job = await this.status(id, { ...(signal && { signal }) });
      if (isOver(job.status) && (job.status === "SUCCEEDED" || !mustSucceed)) return job;
      if (isOver(job.status)) {
        const log = (await this.log(id).catch(() => "")).slice(-4000);
        throw new RayError(`the job ${id} ${job.status === "STOPPED" ? "was stopped" : "failed"}: ${job.message.slice(0, 1000)}`, {
          hint: "facts.log has the end of what it wrote",
          facts: { id, status: job.status, log },
        });
      }
      await setTimeout(250, undefined, { ...(signal && { signal }) });
    }
  }
}

/** Milliseconds that a new cluster may take until it accepts a job. */
const longestStart = 60_000;

const routeOf = (id: string): string => `/api/jobs/${checkId("id", id)}`;
