/** A folder of one's own documents made searchable, and kept up to date: only what is new or has changed is read, cut and encoded. */
import path from "node:path";
import { HelperError, UnavailableError } from "../../errors.ts";
import { checkOptions, checkSignal, checkText } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { displayable } from "../../runtime/printable.ts";
import { createProgress } from "../../runtime/progress.ts";
import { checkChunkOptions, chunk, type Chunk, type ChunkOptions } from "../chunking/chunk.ts";
import { parseDocument, readBytes } from "../loaders/load.ts";
import { checkEncoder, DenseRetriever, encodePassages, type Encoder } from "../retrievers/dense.ts";
import { HybridRetriever } from "../retrievers/hybrid.ts";
import { KeywordRetriever } from "../retrievers/keyword.ts";
import type { Retrieved, Retriever, RetrieveOptions } from "../retrievers/retriever.ts";
import { StoredIndex, type List, type ListedFile, type Settings, type SkippedFile } from "./stored.ts";
import { walk, type FolderFile } from "./walk.ts";

export interface IndexFolderOptions extends Pick<ChunkOptions, "by" | "size" | "overlap"> {
  /** Searches by meaning, too. @default keywords alone */
  encoder?: Encoder;
  signal?: AbortSignal;
}

/** What an update found, as paths. */
export interface IndexChanges {
  added: readonly string[];
  changed: readonly string[];
  /** Files of the same bytes under another path. */
  renamed: readonly { from: string; to: string }[];
  deleted: readonly string[];
  unchanged: number;
  /** Files that could not be read, and why: not UTF-8, locked, too large. */
  skipped: readonly { path: string; reason: string }[];
}

/** Larger files are data and not documents. */
const mostBytes = 32 * 1024 ** 2;

/** What was made of a folder; a retriever. */
export class FolderIndex implements Retriever, AsyncDisposable {
  readonly folder: string;
  readonly chunks: readonly Chunk[];
  /** How many documents there are. */
  readonly documents: number;
  /** The encoder's name; null for keywords alone. */
  readonly encoder: string | null;
  /** What the update that made this found; undefined where an index was only opened. */
  readonly changes: IndexChanges | undefined;
  readonly #retriever: Retriever;
  readonly #dense: DenseRetriever | undefined;

  private constructor(
    folder: string,
    list: List,
    chunks: readonly Chunk[],
    dense: DenseRetriever | undefined,
    changes: IndexChanges | undefined,
  ) {
    this.folder = folder;
    this.chunks = chunks;
    this.documents = list.files.length;
    this.encoder = list.settings.encoder;
    this.changes = changes;
    const keyword = new KeywordRetriever(chunks);
    this.#dense = dense;
    this.#retriever = dense ? new HybridRetriever([keyword, dense]) : keyword;
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /** @internal */
  static async open(folder: string, encoder: Encoder | undefined, changes?: IndexChanges): Promise<FolderIndex> {
    const stored = new StoredIndex(folder);
    const list = stored.readList();
    if (!list) {
      throw new UnavailableError(`${folder} has no index`, {
        hint: `make one: npx cairn index ${folder}, or indexFolder(${JSON.stringify(folder)})`,
        facts: { folder, reason: "no index" },
      });
    }
    const { settings } = list;
    const entries = list.files.map(({ key, path: id }) => ({ key, chunks: stored.read(key, id) }));
    const chunks = entries.flatMap((entry) => entry.chunks);
    if (!encoder || settings.encoder !== encoder.name) return new FolderIndex(folder, list, chunks, undefined, changes);
    const vectors = new Float32Array(chunks.length * settings.dimension);
    let at = 0;
    for (const entry of entries) {
      const own = stored.readVectors(entry.key, settings, entry.chunks.length);
      vectors.set(own, at);
      at += own.length;
    }
    return new FolderIndex(folder, list, chunks, await DenseRetriever.create(chunks, encoder, { vectors, perLanguage: true }), changes);
  }

  retrieve(query: string, options: RetrieveOptions = {}): Promise<Retrieved[]> {
    return this.#retriever.retrieve(query, options);
  }

  /** Frees the vectors; the encoder stays open. */
  async close(): Promise<void> {
    await this.#dense?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toString(): string {
    return `FolderIndex(${this.folder}: ${this.documents} documents, ${this.chunks.length} chunks, ${this.encoder ?? "keywords alone"})`;
  }
}

/**
 * Opens an index that was made before, as it is.
 *
 * @param options.encoder The one that it was made with. Without it, or with another, the search is by keywords alone.
 * @throws {UnavailableError} The folder has no index.
 */
export async function openIndex(folder: string, options: { encoder?: Encoder } = {}): Promise<FolderIndex> {
  checkText("folder", folder, { allowEmpty: false, hint: "pass the path of a folder" });
  checkOptions("options", options, ["encoder"]);
  if (options.encoder !== undefined) checkEncoder("encoder", options.encoder);
  return FolderIndex.open(path.resolve(folder), options.encoder);
}

/**
 * Makes the index of a folder, or brings it up to date, and opens it. It lies in the folder's own folder .cairn. Files that .gitignore or .cairnignore name, that
 * begin with a dot, or lie in node_modules and the like are left out. ■ and Ctrl-C stop it; what was done by then is not done again.
 *
 * @throws {UnavailableError} The folder does not exist, or nothing can be written into it.
 * @example
 * const index = await indexFolder('docs', { encoder })
 * const found = await index.retrieve('How long is probation?', { topK: 3 })
 */
export async function indexFolder(folder: string, options: IndexFolderOptions = {}): Promise<FolderIndex> {
  checkText("folder", folder, { allowEmpty: false, hint: "pass the path of a folder" });
  const { encoder, signal: outer, ...cut } = options;
  checkOptions("options", cut, ["by", "size", "overlap"]);
  const { by, size, overlap } = checkChunkOptions(cut);
  if (encoder !== undefined) checkEncoder("encoder", encoder);
  checkSignal("signal", outer);
  const root = path.resolve(folder);
  const settings: Settings = { by, size, overlap, encoder: encoder?.name ?? null, dimension: encoder?.dimension ?? 0 };
  using interrupt = await interruptible(outer);
  const files = await walk(root, interrupt.signal);
  const stored = new StoredIndex(root);
  stored.prepare();
  const known = stored.readList();
  const { listed, skipped } = await readFiles(root, files, { stored, known, settings, encoder, signal: interrupt.signal });
  stored.writeList({ settings, files: listed, skipped });
  return FolderIndex.open(root, encoder, compare(known, listed, skipped));
}

interface Reading {
  stored: StoredIndex;
  known: List | undefined;
  settings: Settings;
  encoder: Encoder | undefined;
  signal: AbortSignal;
}

/** Sees to it that each file has its entry, and its vectors. */
async function readFiles(
  root: string,
  files: readonly FolderFile[],
  reading: Reading,
): Promise<{ listed: ListedFile[]; skipped: SkippedFile[] }> {
  const { stored, known, settings, encoder, signal } = reading;
  const isSameCut =
    known?.settings.by === settings.by && known.settings.size === settings.size && known.settings.overlap === settings.overlap;
  const before = new Map(known?.files.map((file) => [file.path, file]));
  const skippedBefore = new Map(known?.skipped.map((file) => [file.path, file]));
  const isSame = (one: { bytes: number; modified: number } | undefined, other: FolderFile): boolean =>
    one?.bytes === other.bytes && one.modified === other.modified;
  const listed: ListedFile[] = [];
  const skipped: SkippedFile[] = [];
  const progress = createProgress({ label: "indexing", total: files.length, unit: "files" });
  try {
    for (const [index, file] of files.entries()) {
      signal.throwIfAborted();
      progress.update(index, file.path);
      const { path: at, bytes: size, modified } = file;
      const old = before.get(at);
      let key = isSameCut && isSame(old, file) && stored.has(old!.key) ? old!.key : undefined;
      const skip = (reason: string): void => void skipped.push({ path: at, bytes: size, modified, reason });
      if (isSame(skippedBefore.get(at), file)) {
        skip(skippedBefore.get(at)!.reason);
        continue;
      }
      if (size > mostBytes) {
        skip("larger than 32 MB");
        continue;
      }
      if (key === undefined) {
        try {
          const content = await readBytes(path.join(root, at));
          key = stored.key(file.kind, content, settings);
          if (!stored.has(key)) {
            const document = await parseDocument(at, file.kind, content);
            stored.write(key, document, chunk(document, { by: settings.by, size: settings.size, overlap: settings.overlap }));
          }
        } catch (error) {
          if (!HelperError.is(error) || error.code === "ERR_INTERRUPTED" || typeof error.facts["file"] !== "string") throw error;
          if (error.facts["file"].startsWith(stored.folder)) throw error; // the index itself cannot be written
          skip(error.summary.replace(`${path.join(root, at)} `, "").replace(`${at} `, ""));
          continue;
        }
      }
      if (encoder && !stored.hasVectors(key, settings)) {
        const vectors = await encodePassages(encoder, stored.read(key, at), signal);
        stored.writeVectors(key, settings, vectors);
      }
      listed.push({ path: at, bytes: size, modified, key });
    }
    progress.update(files.length);
  } finally {
    progress.close();
  }
  return { listed, skipped };
}

function compare(known: List | undefined, listed: readonly ListedFile[], skipped: readonly SkippedFile[]): IndexChanges {
  const before = new Map(known?.files.map(({ path: at, key }) => [at, key]));
  const now = new Set(listed.map(({ path: at }) => at));
  const gone = new Map([...before].filter(([at]) => !now.has(at)).map(([at, key]) => [key, at]));
  const [added, changed, renamed]: [string[], string[], { from: string; to: string }[]] = [[], [], []];
  for (const { path: at, key } of listed) {
    const from = gone.get(key);
    if (before.get(at) === key) continue;
    if (before.has(at)) changed.push(at);
    else if (from === undefined) added.push(at);
    else {
      renamed.push({ from, to: at });
      gone.delete(key);
    }
  }
  const deleted = [...before.keys()].filter((at) => !now.has(at) && !renamed.some(({ from }) => from === at));
  const unchanged = listed.length - added.length - changed.length - renamed.length;
  return { added, changed, renamed, deleted, unchanged, skipped: skipped.map(({ path: at, reason }) => ({ path: at, reason })) };
}
