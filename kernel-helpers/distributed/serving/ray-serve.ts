/** Ray Serve's REST API, for servers of kernel-helpers/serve (docs.ray.io, "Serve REST API"). */
import { setTimeout } from "node:timers/promises";
import { UnavailableError } from "../../errors.ts";
import { checkNumber, checkObject, checkOptions } from "../../runtime/check.ts";
import { Connection, type ConnectionOptions } from "../ray/connection.ts";
import { RayError } from "../ray/errors.ts";
import { toServeConfig, type Deployment } from "./options.ts";

export interface ServeReplica {
  id: string;
  /** "STARTING", "RUNNING", "STOPPING" and others, as Serve names them. */
  state: string;
  /** Of the replica, on its machine; its server is a child of it. */
  pid?: number;
  /** Address of its machine. */
  machine?: string;
}

export interface ServeApplication {
  name: string;
  route: string;
  /** "DEPLOYING", "RUNNING", "UNHEALTHY", "DEPLOY_FAILED", "DELETING" or "NOT_STARTED". */
  status: string;
  /** What Serve says about it; "" if nothing. */
  message: string;
  /** How many replicas there are to be now. */
  target: number;
  replicas: readonly ServeReplica[];
}

export interface ServeStatus {
  /** The address of all replicas; undefined where nothing has been deployed. */
  url: string | undefined;
  applications: readonly ServeApplication[];
}

export interface ServeCallOptions {
  signal?: AbortSignal;
}

/**
 * Servers of kernel-helpers/serve as replicas behind one address, on a Ray cluster. Ray starts as many as the load needs, replaces those whose Node
 * process dies, and exchanges them one by one when what they serve changes.
 *
 * Every method throws an UnavailableError when the dashboard does not answer, an AccessError for a wrong token, an ArgumentError for what Serve does not
 * accept, and a RayError for what goes wrong inside of it.
 *
 * @example
 * const served = new RayServe(ray.cluster);
 * await served.deploy({ applications: [{ server: { models: ["SmolLM2-135M-Instruct"] }, replicas: { min: 1, max: 4 } }] });
 * const { url } = await served.ready();
 * await fetch(`${url}/v1/models`);
 */
export class RayServe {
  readonly #connection: Connection;

  constructor(options: ConnectionOptions) {
    checkObject("options", options, { hint: 'pass { address: "http://127.0.0.1:8265" }' });
    checkOptions("options", options, ["address", "token", "timeout"]);
    this.#connection = new Connection({ timeout: 120, ...options }); // the first deployment starts Serve itself
  }

  /**
   * Says what is to be served from now on. It returns at once; ready() waits for it. Where applications differ from what runs, new replicas take over from old
   * ones, which answer what they have and then end.
   */
  async deploy(deployment: Deployment, { signal }: ServeCallOptions = {}): Promise<void> {
    const body = toServeConfig(deployment);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#connection.send("/api/serve/applications/", { method: "PUT", body, signal });
        return;
      } catch (error) {
        // A proxy that does not come up within Serve's ten seconds is replaced; a call that waited for it fails, and is made again.
        if (!(error instanceof RayError) || attempt === 3) throw error;
        await setTimeout(1000, undefined, { ...(signal && { signal }) });
      }
    }
  }

  /** How it all is doing. */
  async status({ signal }: ServeCallOptions = {}): Promise<ServeStatus> {
    const { http_options: http, applications = {} } = (await this.#connection.json("/api/serve/applications/", { signal })) as Details;
    return {
      url: http?.port == null ? undefined : `http://${!http.host || http.host === "0.0.0.0" ? "127.0.0.1" : http.host}:${http.port}`,
      applications: Object.values(applications).map(toApplication),
    };
  }

  /**
   * Waits until all applications run as they were deployed last.
   *
   * @param options.timeout Seconds to wait. @default 600
   * @throws {RayError} One of them cannot be deployed; the message says why.
   * @throws {UnavailableError} It took too long.
   */
  async ready({ signal, timeout = 600 }: ServeCallOptions & { timeout?: number } = {}): Promise<ServeStatus & { url: string }> {
    checkNumber("timeout", timeout, { above: 0 });
    for (const start = performance.now(); ; await setTimeout(250, undefined, { ...(signal && { signal }) })) {
      const { url, applications } = await this.status({ ...(signal && { signal }) });
      const failed = applications.find(({ status }) => status === "DEPLOY_FAILED");
      if (failed) {
        throw new RayError(`${failed.name} cannot be served: ${failed.message.trim().slice(-1000)}`, {
          hint: "deploy() again with what is wrong corrected",
          facts: { application: failed },
        });
      }
      const isReady = ({ status, replicas, target }: ServeApplication): boolean =>
        status === "RUNNING" && replicas.length === target && replicas.every(({ state }) => state === "RUNNING");
      if (url !== undefined && applications.every(isReady)) return { url, applications };
      if (performance.now() - start > timeout * 1000) {
        throw new UnavailableError(`Serve is not ready after ${timeout} s`, {
          hint: "facts.applications says what it does",
          facts: { applications },
        });
      }
    }
  }

  /** Ends all applications, and Serve with them. */
  async shutdown({ signal }: ServeCallOptions = {}): Promise<void> {
    await this.#connection.send("/api/serve/applications/", { method: "DELETE", signal });
  }
}

const toApplication = ({ name, route_prefix: route, status, message, deployments }: ApplicationDetails): ServeApplication => {
  const { replicas = [], target_num_replicas: target = 0, message: more = "" } = deployments?.["Replica"] ?? {};
  return {
    name,
    route: route ?? "",
    status,
    message: [message, more].filter(Boolean).join("\n"),
    target,
    replicas: replicas.map(({ replica_id: id, state, pid, node_ip: machine }) => ({
      id,
      state,
      ...(pid != null && { pid }),
      ...(machine && { machine }),
    })),
  };
};

/** As Serve writes it (ServeInstanceDetails). */
interface Details {
  http_options?: { host?: string | null; port?: number | null } | null;
  applications?: Record<string, ApplicationDetails>;
}

interface ApplicationDetails {
  name: string;
  route_prefix?: string | null;
  status: string;
  message?: string;
  deployments?: Record<string, { target_num_replicas?: number; message?: string; replicas?: ReplicaDetails[] }>;
}

interface ReplicaDetails {
  replica_id: string;
  state: string;
  pid?: number | null;
  node_ip?: string | null;
}
