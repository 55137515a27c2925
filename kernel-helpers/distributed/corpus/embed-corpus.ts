/** A corpus becomes vectors on Ray Data. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { openSafetensors } from "../../checkpoints/index.ts";
import { SentenceEncoder } from "../../embeddings/index.ts";
import { ArgumentError } from "../../errors.ts";
import { replaceFile } from "../../runtime/files.ts";
import { parseJson } from "../../runtime/json.ts";
import { createProgress } from "../../runtime/progress.ts";
import { readUtf8 } from "../../runtime/text-file.ts";
import { nodeCommand } from "../node/command.ts";
import { runDriver } from "../ray/run-driver.ts";
import { checkFirstDocument } from "./document.ts";
import { EmbeddedCorpus, manifestName, type CorpusManifest, type CorpusPlan } from "./embedded-corpus.ts";
import { checkCorpus, type CheckedCorpus, type EmbedCorpusOptions, type WrittenBlock } from "./options.ts";

export interface EmbedCorpusRun {
  readonly corpus: EmbeddedCorpus;
  /** What this run wrote; blocks that were there already are not among them. */
  readonly written: readonly WrittenBlock[];
  /** Bytes of text that had been read and waited for a worker, at most; of the driver that came to the end. */
  readonly waitingBytes: number;
  /** Why the driver was started again, each time. */
  readonly restarts: readonly string[];
}

/**
 * Embeds the documents of a corpus with several workers on a Ray cluster, and writes each document's vector exactly once.
 *
 * The corpus is cut into blocks by bytes, so a block has the same documents whenever and wherever it is made. A block's file is written beside and renamed: it
 * is there as a whole or not at all. What a dead worker had not renamed is embedded again; what is there is left alone, also by a driver that is started
 * again and by `resume`. The manifest comes last: a folder that has one is complete.
 *
 * Ray Data reads ahead of the workers, but no more than `memory`; so the corpus may be larger than the memory of all machines.
 *
 * The model is fetched here first, and its files say whether they have what the options ask for: nothing is started on Ray when they do not.
 *
 * @throws {ArgumentError} An option is missing or wrong, or the folder has vectors and `resume` is not set, or they are of other texts or another model.
 * @throws {FormatError} The first line of a file is not a document.
 * @throws {RayError} A later line is not a document, or workers or the driver died more often than they may.
 * @throws {UnavailableError} The model cannot be fetched, or the cluster does not answer, or not again.
 * @example
 * const { corpus } = await embedCorpus({ cluster: ray.cluster, model: "all-MiniLM-L6-v2", files: "passages.jsonl", folder: "runs/passages" });
 * for await (const documents of corpus.documents()) await store.upsert(documents);
 */
export async function embedCorpus(options: EmbedCorpusOptions): Promise<EmbedCorpusRun> {
  const checked = checkCorpus(options);
  const { cluster, folder, restarts, patience, signal } = checked;
  signal?.throwIfAborted();
  await checkPlan(checked);
  const written: WrittenBlock[] = [];
  const reasons: string[] = [];
  let waitingBytes = 0;
  if (!existsSync(path.join(folder, manifestName))) {
    await checkWork(checked);
    const config = path.join(folder, "run.json");
    replaceFile(path.join(folder, planName), JSON.stringify(planOf(checked)));
    replaceFile(config, JSON.stringify(configOf(checked)));
    const total = blockNames(checked).length;
    const progress = createProgress({ label: "embedding", total, unit: "blocks", from: total - (await missing(checked)).length });
    const onLine = (line: Line): void => {
      if (line.event === "end") waitingBytes = line.waiting;
      if (line.event !== "block") return;
      const { block: file, count, deaths, node } = line;
      written.push({ file, count, deaths, node });
      progress.update(Math.min(written.length, total));
      checked.onBlock?.(written.at(-1)!);
    };
    try {
      await runDriver({ cluster, name: "embed", config, restarts, patience, signal, onLine, onRestart: (why) => void reasons.push(why) });
    } finally {
      progress.close();
    }
    for (const left of (await readdir(folder)).filter((name) => /\.(draft|tries)$/.test(name)))
      await rm(path.join(folder, left), { force: true }); // of the dead
    replaceFile(path.join(folder, manifestName), JSON.stringify(await manifestOf(checked), undefined, 2));
  }
  return { corpus: await EmbeddedCorpus.open(folder), written, waitingBytes, restarts: reasons };
}

/** A line of the driver's. */
type Line = { time: number } & (
  | { event: "begin"; blocks: number; bytes: number }
  | { event: "block"; block: string; count: number; bytes: number; deaths: number; node: number }
  | { event: "end"; waiting: number }
);

const planName = "plan.json";

const planOf = ({ files, setup, limits }: CheckedCorpus): CorpusPlan => {
  const { model, fields, device, dtype, dimension, prompt } = setup;
  return {
    model,
    files,
    blockBytes: limits.blockBytes,
    fields,
    ...(device !== "cpu" && { device }),
    ...(dtype && { dtype }),
    ...(dimension && { dimension }),
    ...(prompt !== undefined && { prompt }),
  };
};

/** Sees to it that only one plan writes into the folder. */
async function checkPlan(checked: CheckedCorpus): Promise<void> {
  const { folder, resume } = checked;
  const file = path.join(folder, planName);
  const names: string[] = await readdir(folder).catch(() => []);
  if (!names.includes(planName) || !names.some((name) => name === manifestName || blockName.test(name))) return;
  if (!resume) {
    throw new ArgumentError(`${folder} has vectors already`, {
      hint: "go on with { resume: true }, or pass another folder",
      facts: { folder },
    });
  }
  const plan = planOf(checked);
  const found = parseJson(await readUtf8(file), { file }) as CorpusPlan;
  const differs = [...new Set([...Object.keys(found), ...Object.keys(plan)])].find(
    (key) => JSON.stringify(found[key as keyof CorpusPlan]) !== JSON.stringify(plan[key as keyof CorpusPlan]),
  );
  if (differs === undefined) return;
  throw new ArgumentError(`${folder} has vectors of another run: ${differs} differs`, {
    hint: "go on with the same model, files and blocks, or pass another folder",
    facts: { folder, differs },
  });
}

/** Refuses here what every worker would refuse, minutes later. */
async function checkWork({ files, setup, signal }: CheckedCorpus): Promise<void> {
  const { model, folder: _, fields, ...encoder } = setup;
  for (const [file] of files) await checkFirstDocument(file, fields);
  await SentenceEncoder.check(model, { ...encoder, ...(signal && { signal }) });
}

const blockName = /^block-\d+\.safetensors$/;

/** As the driver counts them. */
function blockNames({ files, limits }: CheckedCorpus): string[] {
  const count = files.reduce((sum, [, bytes]) => sum + Math.ceil(bytes / limits.blockBytes), 0);
  return Array.from({ length: count }, (_, number) => `block-${String(number).padStart(8, "0")}.safetensors`);
}

async function missing(checked: CheckedCorpus): Promise<string[]> {
  const found = new Set(await readdir(checked.folder));
  return blockNames(checked).filter((name) => !found.has(name));
}

function configOf({ files, folder, setup, limits }: CheckedCorpus): object {
  return { command: nodeCommand("distributed/corpus/worker"), files, folder, setup, threads: setup.threads, ...limits };
}

async function manifestOf(checked: CheckedCorpus): Promise<CorpusManifest> {
  const blocks: { file: string; count: number }[] = [];
  let cols = 0;
  for (const file of blockNames(checked)) {
    const checkpoint = await openSafetensors(path.join(checked.folder, file));
    const [count, width] = checkpoint.info("vectors").shape as [number, number];
    await checkpoint.close();
    blocks.push({ file, count });
    cols = width;
  }
  return { ...planOf(checked), count: blocks.reduce((sum, { count }) => sum + count, 0), cols, blocks };
}
