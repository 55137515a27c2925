import { checkArray, checkInteger, checkNumber, checkObject, checkOptions, checkText, argumentError } from "../../runtime/check.ts";
import type { ServeOptions } from "../../serve/index.ts";
import { nodeCommand, driverFolder } from "../node/command.ts";

export interface Replicas {
  /** @default 1 */
  min?: number;
  max: number;
  /** Requests under way that each replica should have: with more, another is started; with fewer, one ends. @default 8 */
  ongoing?: number;
  /** Seconds that the load has to last before replicas are started. @default 5 */
  upAfter?: number;
  /** Seconds that it has to be gone before replicas end. @default 60 */
  downAfter?: number;
}

/** What all replicas serve. */
export interface ServedApplication {
  /** @default "cairn" */
  name?: string;
  /** Where it answers, below the one address. @default "/" */
  route?: string;
  /** As serve() of kernel-helpers/serve takes it; addresses are Ray's to give. */
  server: Omit<ServeOptions, "host" | "port" | "log">;
  /** How many, or between how many. @default 1 */
  replicas?: number | Replicas;
  /** Changed, all replicas are replaced, as when a model's file has changed under its name. @default "" */
  version?: string;
  /** CPUs of the cluster that a replica takes. @default 1 */
  cpus?: number;
  gpus?: number;
  /** Requests that a replica may have under way; more wait in front of it. @default 100 */
  most?: number;
  /** Seconds that a replica may take to answer what it has when it is to end. @default 300 */
  drain?: number;
}

export interface Deployment {
  /** All of them: what is not here is ended. */
  applications: readonly ServedApplication[];
  /** Where they listen; kept as it is while Serve runs. @default { host: "127.0.0.1", port: 8000 } */
  http?: { host?: string; port?: number };
}

/** The body of Serve's REST API (docs.ray.io, "Serve Config Files"). */
export function toServeConfig(deployment: Deployment): Record<string, unknown> {
  checkObject("the deployment", deployment, { hint: 'pass { applications: [{ server: { models: ["SmolLM2-135M-Instruct"] } }] }' });
  checkOptions("deploy", deployment, ["applications", "http"]);
  const { applications, http = {} } = deployment;
  checkOptions("http", http, ["host", "port"]);
  const { host = "127.0.0.1", port = 8000 } = http;
  checkText("http.host", host, { allowEmpty: false });
  checkInteger("http.port", port, { min: 1, max: 65_535 });
  checkArray("applications", applications, () => {}, { hint: "pass an array; an empty one ends all" });
  return {
    proxy_location: "EveryNode",
    http_options: { host, port },
    applications: applications.map((application, index) => toApplication(`applications[${index}]`, application)),
  };
}

const known: readonly (keyof ServedApplication)[] = ["name", "route", "server", "replicas", "version", "cpus", "gpus", "most", "drain"];

function toApplication(argument: string, application: ServedApplication): Record<string, unknown> {
  checkObject(argument, application);
  checkOptions(argument, application, known);
  const { name = "cairn", route = "/", server, replicas = 1, version = "", cpus = 1, gpus = 0, most = 100, drain = 300 } = application;
  checkText(`${argument}.name`, name, { allowEmpty: false });
  if (!checkText(`${argument}.route`, route).startsWith("/"))
    throw argumentError(`${argument}.route`, 'a path that begins with "/"', route);
  checkObject(`${argument}.server`, server, { hint: 'pass { models: ["SmolLM2-135M-Instruct"] }' });
  checkArray(`${argument}.server.models`, server.models, () => {}, { allowEmpty: false, hint: 'pass ["SmolLM2-135M-Instruct"]' });
  checkText(`${argument}.version`, version);
  for (const [option, number] of Object.entries({ cpus, gpus, drain })) checkNumber(`${argument}.${option}`, number, { min: 0 });
  checkInteger(`${argument}.most`, most, { min: 1 });
  return {
    name,
    route_prefix: route,
    import_path: "replica:build",
    args: { command: nodeCommand("distributed/serving/worker"), options: server, version },
    runtime_env: { env_vars: { PYTHONPATH: driverFolder, PYTHONDONTWRITEBYTECODE: "1" } },
    deployments: [
      {
        name: "Replica",
        ...scaling(`${argument}.replicas`, replicas),
        max_ongoing_requests: most,
        graceful_shutdown_timeout_s: drain,
        graceful_shutdown_wait_loop_s: 0.2,
        health_check_period_s: 1,
        health_check_timeout_s: 30,
        ray_actor_options: { num_cpus: cpus, num_gpus: gpus },
      },
    ],
  };
}

function scaling(argument: string, replicas: number | Replicas): Record<string, unknown> {
  if (typeof replicas === "number") return { num_replicas: checkInteger(argument, replicas, { min: 1 }) };
  checkOptions(argument, checkObject(argument, replicas), ["min", "max", "ongoing", "upAfter", "downAfter"]);
  const { min = 1, max, ongoing = 8, upAfter = 5, downAfter = 60 } = replicas;
  checkInteger(`${argument}.min`, min, { min: 1 });
  checkInteger(`${argument}.max`, max, { min });
  checkNumber(`${argument}.ongoing`, ongoing, { above: 0 });
  checkNumber(`${argument}.upAfter`, upAfter, { min: 0 });
  checkNumber(`${argument}.downAfter`, downAfter, { min: 0 });
  const delays = { upscale_delay_s: upAfter, downscale_delay_s: downAfter };
  return {
    num_replicas: "auto",
    autoscaling_config: { min_replicas: min, max_replicas: max, target_ongoing_requests: ongoing, ...delays },
  };
}
