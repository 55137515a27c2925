/** What is said of a job, to Ray and by it: its JSON under this library's names. */
import { FormatError } from "../../errors.ts";
import { argumentError, checkNumber, checkObject, checkOptions, checkText, isPlainObject } from "../../runtime/check.ts";

/** What a job finds on the machine that it runs on (docs.ray.io, "Runtime environments"). */
export interface RuntimeEnvironment {
  /** Environment variables. */
  variables?: Readonly<Record<string, string>>;
  /** Folder that the command runs in: a path that all machines have, or an archive at an address (https://….zip, s3://…, gs://…). */
  workingFolder?: string;
  /** Python packages, as pip names them. */
  pip?: readonly string[];
}

export interface JobRequest {
  /** What the shell of one of the cluster's machines runs: "node train.js". */
  entrypoint: string;
  /** The job's name, which no other has. @default one that Ray makes */
  id?: string;
  environment?: RuntimeEnvironment;
  /** Anything to know it by. */
  metadata?: Readonly<Record<string, string>>;
  /** CPUs, GPUs, bytes and resources of other names that the command takes for itself, besides what it asks Ray for. @default 0 each */
  cpus?: number;
  gpus?: number;
  memory?: number;
  resources?: Readonly<Record<string, number>>;
}

export type JobStatus = "PENDING" | "RUNNING" | "STOPPED" | "SUCCEEDED" | "FAILED";

export interface RayJob {
  /** What it was submitted as; of a driver that connected by itself, Ray's own id of it. */
  id: string;
  status: JobStatus;
  entrypoint: string;
  /** What Ray says about the status; "" if nothing. */
  message: string;
  metadata: Readonly<Record<string, string>>;
  environment: RuntimeEnvironment;
  startedAt?: Date;
  endedAt?: Date;
  /** Exit code of the command, once it has ended and Ray knows it. */
  exitCode?: number;
}

export const isOver = (status: JobStatus): boolean => status !== "PENDING" && status !== "RUNNING";

const statuses: readonly string[] = ["PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"];

export function toRequest(request: JobRequest): Record<string, unknown> {
  checkObject("request", request, { hint: 'pass { entrypoint: "node train.js" }' });
  checkOptions("request", request, ["entrypoint", "id", "environment", "metadata", "cpus", "gpus", "memory", "resources"]);
  const { entrypoint, id, environment, metadata, cpus, gpus, memory, resources } = request;
  checkText("entrypoint", entrypoint, { allowEmpty: false });
  if (id !== undefined) checkId("id", id);
  if (metadata !== undefined) checkTexts("metadata", metadata);
  for (const [name, amount] of Object.entries({ cpus, gpus, memory })) if (amount !== undefined) checkNumber(name, amount, { min: 0 });
  for (const [name, amount] of Object.entries(checkObject("resources", resources ?? {})))
    checkNumber(`resources.${name}`, amount, { min: 0 });
  return {
    entrypoint,
    ...(id !== undefined && { submission_id: id }),
    ...(environment !== undefined && { runtime_env: toRuntimeEnv(environment) }),
    ...(metadata !== undefined && { metadata }),
    ...(cpus !== undefined && { entrypoint_num_cpus: cpus }),
    ...(gpus !== undefined && { entrypoint_num_gpus: gpus }),
    ...(memory !== undefined && { entrypoint_memory: Math.round(memory) }),
    ...(resources !== undefined && { entrypoint_resources: resources }),
  };
}

/** It becomes part of an address. */
export function checkId(argument: string, id: unknown): string {
  checkText(argument, id, { allowEmpty: false });
  if (/^[\w.-]+$/.test(id as string)) return id as string;
  throw argumentError(argument, "letters, digits, _, - and .", id, { hint: "take the id that submit() returned" });
}

export function checkTexts(argument: string, value: unknown): void {
  for (const [name, text] of Object.entries(checkObject(argument, value))) checkText(`${argument}.${name}`, text);
}

function toRuntimeEnv(environment: RuntimeEnvironment): Record<string, unknown> {
  checkOptions("environment", environment, ["variables", "workingFolder", "pip"]);
  const { variables, workingFolder, pip } = environment;
  if (variables !== undefined) checkTexts("environment.variables", variables);
  if (workingFolder !== undefined) checkText("environment.workingFolder", workingFolder, { allowEmpty: false });
  return {
    ...(variables !== undefined && { env_vars: variables }),
    ...(workingFolder !== undefined && { working_dir: workingFolder }),
    ...(pip !== undefined && { pip }),
  };
}

/** @throws {FormatError} It is not what Ray's API describes. */
export function toJob(url: string, details: unknown): RayJob {
  if (!isPlainObject(details) || !statuses.includes(details["status"] as string)) {
    throw new FormatError(`${url} did not answer with a job`, { hint: "Ray 2.10 and newer do", facts: { url } });
  }
  const found = details as unknown as JobDetails;
  const { env_vars: variables, working_dir: workingFolder, pip } = found.runtime_env ?? {};
  return {
    id: found.submission_id ?? found.job_id ?? "",
    status: found.status,
    entrypoint: found.entrypoint ?? "",
    message: found.message ?? "",
    metadata: found.metadata ?? {},
    environment: { ...(variables && { variables }), ...(workingFolder && { workingFolder }), ...(Array.isArray(pip) && { pip }) },
    ...(found.start_time != null && { startedAt: new Date(found.start_time) }),
    ...(found.end_time != null && { endedAt: new Date(found.end_time) }),
    ...(found.driver_exit_code != null && { exitCode: found.driver_exit_code }),
  };
}

/** As Ray writes it (JobDetails of its dashboard). */
interface JobDetails {
  submission_id?: string | null;
  job_id?: string | null;
  status: JobStatus;
  entrypoint?: string;
  message?: string | null;
  metadata?: Record<string, string> | null;
  runtime_env?: { env_vars?: Record<string, string>; working_dir?: string; pip?: string[] } | null;
  start_time?: number | null;
  end_time?: number | null;
  driver_exit_code?: number | null;
}
