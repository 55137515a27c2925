/**
 * What an index keeps on the disk, in the folder .cairn of the folder that it is of. `index.json` lists the files. What a file was made into is an entry named by the
 * hash of its bytes and of how it was cut: so a file that was renamed has its entry already, one that changed gets another, and a run that breaks off leaves
 * entries that the next one finds. The list is replaced as a whole, at the end, and entries that it does not name are removed.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { FormatError, UnavailableError } from "../../errors.ts";
import { replaceFile, unreadable } from "../../runtime/files.ts";
import { parseJson } from "../../runtime/json.ts";
import { toChunk, type Chunk } from "../chunking/chunk.ts";
import type { Document } from "../document.ts";
import type { DocumentKind } from "../loaders/load.ts";

export const indexFolderName = ".cairn";

/** Counts up when entries are made in another way: older ones are made again. */
const format = 1;

export interface Settings {
  by: "heading" | "sentence" | "window" | "document";
  size: number;
  overlap: number;
  /** The encoder's name; null for keywords alone. */
  encoder: string | null;
  dimension: number;
}

export interface ListedFile {
  path: string;
  bytes: number;
  modified: number;
  /** Its entry. */
  key: string;
}

export interface SkippedFile {
  path: string;
  bytes: number;
  modified: number;
  /** Why it could not be read. */
  reason: string;
}

export interface List {
  format: number;
  settings: Settings;
  files: readonly ListedFile[];
  skipped: readonly SkippedFile[];
}

/** A document without its name, for files of the same bytes share it, and where it was cut. */
interface Entry extends Omit<Document, "id"> {
  spans: readonly (readonly [start: number, end: number])[];
}

export class StoredIndex {
  readonly folder: string;

  /** @param root The folder that the index is of. */
  constructor(root: string) {
    this.folder = path.join(root, indexFolderName);
  }

  /** undefined where there is none, or one that an older program made. */
  readList(): List | undefined {
    const file = path.join(this.folder, "index.json");
    if (!existsSync(file)) return undefined;
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (cause) {
      throw unreadable(file, cause);
    }
    const list = parseJson(text, { file, hint: `remove ${this.folder}, and index the folder again` }) as List;
    return list.format === format ? list : undefined;
  }

  /** What does not belong to it is removed. */
  writeList(list: Omit<List, "format">): void {
    replaceFile(path.join(this.folder, "index.json"), JSON.stringify({ format, ...list }));
    const kept = new Set(list.files.flatMap(({ key }) => [`${key}.json`, this.#vectorsName(key, list.settings)]));
    for (const name of readdirSync(this.#entries)) if (!kept.has(name)) rmSync(path.join(this.#entries, name), { force: true });
  }

  /** Makes the folder, and keeps it out of version control. */
  prepare(): void {
    if (!existsSync(path.join(this.folder, ".gitignore"))) replaceFile(path.join(this.folder, ".gitignore"), "*\n");
    mkdirSync(this.#entries, { recursive: true });
  }

  /** The name of what these bytes become. */
  key(kind: DocumentKind, bytes: Uint8Array, { by, size, overlap }: Settings): string {
    const how = JSON.stringify([format, kind, by, size, overlap]);
    return createHash("sha256").update(how).update("\0").update(bytes).digest("hex").slice(0, 40);
  }

  has(key: string): boolean {
    return existsSync(this.#entryFile(key));
  }

  hasVectors(key: string, settings: Settings): boolean {
    return existsSync(path.join(this.#entries, this.#vectorsName(key, settings)));
  }

  write(key: string, { text, headings, places }: Document, chunks: readonly Chunk[]): void {
    const entry: Entry = { text, headings, ...(places && { places }), spans: chunks.map(({ start, end }) => [start, end]) };
    replaceFile(this.#entryFile(key), JSON.stringify(entry));
  }

  /** @param vectors (chunks, dimension) */
  writeVectors(key: string, settings: Settings, vectors: Float32Array): void {
    const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
    replaceFile(path.join(this.#entries, this.#vectorsName(key, settings)), bytes);
  }

  /**
   * @param id The document's name.
   * @throws {UnavailableError} The entry is gone.
   */
  read(key: string, id: string): Chunk[] {
    const file = this.#entryFile(key);
    const { spans, ...rest } = parseJson(this.#bytes(file).toString("utf8"), { file }) as Entry;
    const document: Document = { id, ...rest };
    return spans.map(([start, end]) => toChunk(document, { start, end }));
  }

  /** @returns (count, dimension) */
  readVectors(key: string, settings: Settings, count: number): Float32Array {
    const file = path.join(this.#entries, this.#vectorsName(key, settings));
    const vectors = new Float32Array(Uint8Array.from(this.#bytes(file)).buffer);
    if (vectors.length === count * settings.dimension) return vectors;
    throw new FormatError(`${file} has ${vectors.length} numbers, not ${count} × ${settings.dimension}`, {
      hint: `remove ${this.folder}, and index the folder again`,
      facts: { file, expected: count * settings.dimension, found: vectors.length },
    });
  }

  #bytes(file: string): Buffer {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new UnavailableError(`the index lacks ${file}`, { hint: "index the folder again", cause, facts: { file } });
    }
  }

  get #entries(): string {
    return path.join(this.folder, "entries");
  }

  #entryFile(key: string): string {
    return path.join(this.#entries, `${key}.json`);
  }

  #vectorsName(key: string, { encoder }: Settings): string {
    return encoder === null ? "" : `${key}.${encoder.replace(/[^\w.-]+/g, "-")}.f32`;
  }
}
