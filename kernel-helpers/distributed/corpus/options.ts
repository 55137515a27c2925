import { existsSync, statSync } from "node:fs";
import path from "node:path";
import {
  argumentError,
  checkArray,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkObject,
  checkOptions,
  checkText,
} from "../../runtime/check.ts";
import type { LoadEncoderOptions } from "../../embeddings/index.ts";
import { checkRun } from "../ray/check-run.ts";
import type { RayAddress } from "../ray/connection.ts";

export interface EmbedCorpusOptions {
  /** The Ray cluster's dashboard, as startRay() has it. */
  cluster: RayAddress;
  /** Name of a sentence encoder, as SentenceEncoder.load() takes it; a folder or file has the same path on all machines. */
  model: string;
  /** JSON Lines, a document each: one file or several, which all machines share. */
  files: string | readonly string[];
  /** What the documents' fields are called; those of `metadata` are kept with the vector. @default { id: "id", text: "text", metadata: [] } */
  fields?: { id?: string; text?: string; metadata?: readonly string[] };
  /** Folder of the vectors, which all machines share. */
  folder: string;
  /** How many processes embed. @default 2 */
  workers?: number;
  /** Bytes of text that make a block: what is embedded and written at a time. @default 262,144 */
  blockBytes?: number;
  /** Bytes of text that may have been read and wait for a worker. @default 64 MiB */
  memory?: number;
  /** As SentenceEncoder.load() takes it. */
  dtype?: LoadEncoderOptions["dtype"];
  /** What each worker computes on. @default "cuda" where `resources` gives it a GPU, else "cpu" */
  device?: LoadEncoderOptions["device"];
  /** As SentenceEncoder.load() takes it. */
  dimension?: number;
  /** What is put before each text, as encode() takes it: the name of one of the model's prompts. */
  prompt?: string;
  /** CPU threads of each worker. @default 1 */
  threads?: number;
  /** What each worker takes of the cluster. @default { cpus: threads, gpus: 0 } */
  resources?: { cpus?: number; gpus?: number };
  /** Goes on where a run into this folder ended. @default false */
  resume?: boolean;
  /** How often a worker may die over one block. @default 3 */
  deaths?: number;
  /** How often the driver is started again when it dies, or the cluster with it. @default 3 */
  restarts?: number;
  /** Seconds that a cluster may be away. @default 120 */
  patience?: number;
  /** Told of each block that has been written. */
  onBlock?: (block: WrittenBlock) => void;
  signal?: AbortSignal;
}

export interface WrittenBlock {
  /** Its file, in the folder. */
  file: string;
  /** Documents in it. */
  count: number;
  /** How often a worker died over it, as far as the driver that told of it knows. */
  deaths: number;
  /** Id of the Node process that wrote it, on its machine. */
  node: number;
}

/** What a worker is told first. */
export interface WorkerSetup {
  model: string;
  folder: string;
  fields: { id: string; text: string; metadata: readonly string[] };
  threads: number;
  dtype?: NonNullable<LoadEncoderOptions["dtype"]>;
  device: NonNullable<LoadEncoderOptions["device"]>;
  dimension?: number;
  prompt?: string;
}

export interface CheckedCorpus extends Pick<EmbedCorpusOptions, "cluster" | "onBlock" | "signal"> {
  folder: string;
  /** Paths and bytes. */
  files: readonly (readonly [file: string, bytes: number])[];
  setup: WorkerSetup;
  limits: { workers: number; blockBytes: number; memory: number; cpus: number; gpus: number; deaths: number };
  resume: boolean;
  restarts: number;
  patience: number;
}

const known: readonly (keyof EmbedCorpusOptions)[] = [
  ...(["cluster", "model", "files", "fields", "folder", "workers", "blockBytes", "memory", "dtype", "device", "dimension"] as const),
  ...(["prompt", "threads", "resources", "resume", "deaths", "restarts", "patience", "onBlock", "signal"] as const),
];

/** @throws {ArgumentError} An option is missing, unknown or not what it has to be. */
export function checkCorpus(options: EmbedCorpusOptions): CheckedCorpus {
  checkObject("the options of embedCorpus", options, { hint: "pass { cluster, model, files, folder }" });
  checkOptions("embedCorpus", options, known);
  const { cluster, folder, threads, cpus, gpus, deaths, restarts, patience } = checkRun(options);
  const { fields = {}, workers = 2, blockBytes = 2 ** 18, memory = 2 ** 26, resume = false } = options;
  const { dtype, device = gpus > 0 ? "cuda" : "cpu", dimension, prompt, onBlock, signal } = options;
  const model = fromHere(checkText("model", options.model, { allowEmpty: false }));
  const names = typeof options.files === "string" ? [options.files] : options.files;
  checkArray("files", names, (item, file) => checkText(item, file, { allowEmpty: false }), { allowEmpty: false });
  checkOptions("fields", fields, ["id", "text", "metadata"]);
  const { id = "id", text = "text", metadata = [] } = fields;
  for (const [name, field] of Object.entries({ id, text })) checkText(`fields.${name}`, field, { allowEmpty: false });
  checkArray("fields.metadata", metadata, (item, field) => checkText(item, field));
  for (const [name, count] of Object.entries({ workers, blockBytes, memory })) checkInteger(name, count, { min: 1 });
  if (memory < blockBytes) throw argumentError("memory", `at least one block (${blockBytes})`, memory, { hint: "make blockBytes smaller" });
  checkBoolean("resume", resume);
  if (onBlock !== undefined) checkFunction("onBlock", onBlock);
  const optional = {
    ...(dtype !== undefined && { dtype }),
    ...(dimension !== undefined && { dimension }),
    ...(prompt !== undefined && { prompt }),
  };
  return {
    cluster,
    folder,
    files: names.map((file, index) => [path.resolve(file), sizeOf(`files[${index}]`, file)]),
    setup: { model, folder, fields: { id, text, metadata }, threads, device, ...optional },
    limits: { workers, blockBytes, memory, cpus, gpus, deaths },
    resume,
    restarts,
    patience,
    ...(onBlock && { onBlock }),
    ...(signal && { signal }),
  };
}

/** Workers run in another folder: a path is made absolute, a name stays as it is. */
const fromHere = (model: string): string =>
  model.endsWith(".bin") || existsSync(path.join(model, "config.json")) ? path.resolve(model) : model;

function sizeOf(argument: string, file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) return found.size;
  throw argumentError(argument, "the path of a file", file, { hint: "there is no such file" });
}
