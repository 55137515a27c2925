/** The vectors of a corpus, as embedCorpus() leaves them: a folder of safetensors files and a manifest that is written last. */
import { existsSync } from "node:fs";
import path from "node:path";
import { openSafetensors } from "../../checkpoints/index.ts";
import { ArgumentError } from "../../errors.ts";
import { checkSignal, checkText } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { displayable } from "../../runtime/printable.ts";
import { readUtf8 } from "../../runtime/text-file.ts";

/** What the vectors were made of, and how: it is the same for all that write into a folder. */
export interface CorpusPlan {
  model: string;
  files: readonly (readonly [file: string, bytes: number])[];
  blockBytes: number;
  fields: { id: string; text: string; metadata: readonly string[] };
  /** Where it is not "cpu". */
  device?: string;
  dtype?: string;
  dimension?: number;
  prompt?: string;
}

export interface CorpusManifest extends CorpusPlan {
  /** Documents in all. */
  count: number;
  /** Numbers of a vector. */
  cols: number;
  blocks: readonly { file: string; count: number }[];
}

/** A document's vector, as stores of kernel-helpers/retrieval take it. */
export interface EmbeddedDocument {
  id: string;
  vector: Float32Array;
  metadata: Record<string, string | number | boolean>;
}

export const manifestName = "manifest.json";

export class EmbeddedCorpus {
  readonly folder: string;
  readonly manifest: CorpusManifest;

  /** @internal */
  constructor(folder: string, manifest: CorpusManifest) {
    this.folder = folder;
    this.manifest = manifest;
    displayable(this, () => ({ "text/plain": `${manifest.count} × ${manifest.cols} by ${manifest.model}, in ${folder}` }));
  }

  /**
   * Opens the folder of a run that is complete.
   *
   * @throws {ArgumentError} There is none, or its run is not complete.
   */
  static async open(folder: string): Promise<EmbeddedCorpus> {
    const file = path.join(checkText("folder", folder, { allowEmpty: false }), manifestName);
    if (!existsSync(file)) {
      throw new ArgumentError(`${folder} has no ${manifestName}`, {
        hint: "it is written when the last block is: embedCorpus({ …, resume: true }) goes on",
        facts: { folder },
      });
    }
    return new EmbeddedCorpus(folder, parseJson(await readUtf8(file), { file }) as CorpusManifest);
  }

  /** Documents in all. */
  get count(): number {
    return this.manifest.count;
  }

  /** Numbers of a vector. */
  get dimension(): number {
    return this.manifest.cols;
  }

  /**
   * All documents in the corpus' order, a block at a time, so that they need not fit into memory.
   *
   * @example
   * const store = await openStore({ kind: "lancedb", path: "index", dimension: corpus.dimension });
   * for await (const documents of corpus.documents()) await store.upsert(documents);
   */
  async *documents({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<EmbeddedDocument[], void> {
    checkSignal("signal", signal);
    for (const { file } of this.manifest.blocks) {
      signal?.throwIfAborted();
      yield await readBlock(path.join(this.folder, file));
    }
  }
}

async function readBlock(file: string): Promise<EmbeddedDocument[]> {
  const checkpoint = await openSafetensors(file);
  try {
    const [ids, metadata] = ["ids", "metadata"].map((name) => parseJson(checkpoint.metadata[name] ?? "[]", { file })) as [
      string[],
      EmbeddedDocument["metadata"][],
    ];
    const { data, shape } = await checkpoint.read("vectors");
    const cols = shape[1]!;
    return ids.map((id, row) => ({ id, vector: (data as Float32Array).slice(row * cols, (row + 1) * cols), metadata: metadata[row]! }));
  } finally {
    await checkpoint.close();
  }
}
