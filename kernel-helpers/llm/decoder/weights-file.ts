/** A graph's weights in a file that ONNX Runtime maps into memory, and drops again tensor by tensor as it rearranges them for its products. */
import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { cacheFolder } from "../../runtime/cache-folder.ts";
import { codeOf, unwritable } from "../../runtime/files.ts";

/** What ONNX calls external data: a file beside the model, and a place in it. */
export interface StoredTensor {
  location: string;
  offset: number;
  length: number;
}

/** Tensors begin at multiples of this, as the widest vector instructions like it. */
const alignment = 64;

/** Needed until the session is there; close() removes it. */
export class WeightsFile implements Disposable {
  readonly folder: string = path.join(cacheFolder(), "weights");
  readonly #name = `${process.pid}-${randomUUID()}`;
  readonly #file = path.join(this.folder, this.#name);
  readonly #descriptor: number;
  #size = 0;

  constructor() {
    try {
      mkdirSync(this.folder, { recursive: true });
      removeAbandoned(this.folder);
      this.#descriptor = openSync(this.#file, "wx");
    } catch (cause) {
      throw unwritable(this.#file, cause);
    }
  }

  /** @param pieces Of one tensor, one after the other. */
  append(pieces: Iterable<Uint8Array>): StoredTensor {
    const offset = this.#size;
    for (const piece of pieces) this.#write(piece);
    const length = this.#size - offset;
    this.#size = Math.ceil(this.#size / alignment) * alignment;
    return { location: this.#name, offset, length };
  }

  close(): void {
    closeSync(this.#descriptor);
    remove(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#size + done);
    } catch (cause) {
      throw unwritable(this.#file, cause);
    }
    this.#size += bytes.length;
  }
}

/** Of processes that were killed while they loaded a model; names begin with the process id. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) if (!isRunning(Number.parseInt(name, 10))) remove(path.join(folder, name));
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Windows keeps a file that is mapped; the next model that is loaded removes it
  }
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}
