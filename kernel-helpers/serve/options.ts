/** How a server is to be, checked. */
import { totalmem } from "node:os";
import {
  argumentError,
  checkArray,
  checkBoolean,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkText,
} from "../runtime/check.ts";
import { checkKeys, type ApiKey } from "./admission/api-keys.ts";
import { checkServed, type CheckedModel, type ServedModel } from "./models/served-model.ts";

export interface ServeOptions {
  /** Names or paths of language models, or what is to be served with how. */
  models: readonly (string | ServedModel)[];
  /** @default "127.0.0.1", this machine alone */
  host?: string;
  /** 0 takes a free one. @default 8000 */
  port?: number;
  /** Who may ask. @default anyone who reaches the port */
  keys?: readonly ApiKey[];
  /** Requests that may wait for a model; more are refused with 429. @default 64 */
  queue?: number;
  /** Seconds that a request may take, waiting included. @default 300 */
  timeout?: number;
  /** Bytes of a request's body. @default 1 MiB */
  bodyLimit?: number;
  /** Tokens that an answer may have, and has where a request does not say. @default 1024 */
  mostTokens?: number;
  /** Bytes that the open models may take. @default 80 % of the machine's memory */
  memory?: number;
  /** Whether models are opened at once, or when they are first asked for. @default true */
  preload?: boolean;
  /** Where the log goes, a line of JSON for each request. @default nowhere */
  log?: { write(line: string): unknown };
  /** Whether the log has the prompts. @default false */
  logPrompts?: boolean;
}

const names: readonly (keyof ServeOptions)[] = [
  "models",
  "host",
  "port",
  "keys",
  "queue",
  "timeout",
  "bodyLimit",
  "mostTokens",
  "memory",
  "preload",
  "log",
  "logPrompts",
];

export interface CheckedServe extends Required<Omit<ServeOptions, "models" | "log">> {
  models: readonly CheckedModel[];
  log: ServeOptions["log"];
}

export function checkServe(options: ServeOptions): CheckedServe {
  const given = checkObject("options", options, { hint: 'pass { models: ["SmolLM2-135M-Instruct"] }' }) as unknown as ServeOptions;
  checkOptions("options", given, names);
  const { host = "127.0.0.1", port = 8000, keys = [], queue = 64, timeout = 300, bodyLimit = 2 ** 20, mostTokens = 1024 } = given;
  const { memory = 0.8 * totalmem(), preload = true, logPrompts = false, log } = given;
  const models = checkArray("models", given.models, () => {}, { allowEmpty: false, hint: 'pass ["SmolLM2-135M-Instruct"]' }).map(
    (model, index) => checkServed(`models[${index}]`, model),
  );
  const twice = models.find(({ id }, index) => models.findIndex((one) => one.id === id) < index);
  if (twice) throw argumentError("models", "models of different ids", twice.id, { hint: "give one of them an id of its own" });
  return {
    models,
    host: checkText("host", host, { allowEmpty: false }),
    port: checkInteger("port", port, { min: 0, max: 65_535 }),
    keys: checkKeys(keys),
    queue: checkInteger("queue", queue, { min: 0 }),
    timeout: checkNumber("timeout", timeout, { above: 0, max: 86_400 }),
    bodyLimit: checkInteger("bodyLimit", bodyLimit, { min: 1 }),
    mostTokens: checkInteger("mostTokens", mostTokens, { min: 1 }),
    memory: checkNumber("memory", memory, { above: 0 }),
    preload: checkBoolean("preload", preload),
    logPrompts: checkBoolean("logPrompts", logPrompts),
    log,
  };
}
