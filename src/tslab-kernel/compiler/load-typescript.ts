/**
 * TypeScript's API, with V8's code cache (https://v8.dev/blog/code-caching) around its one file of 9 MB.
 * Loading takes 200 ms of processor time without and 80 ms with it. `storeCache` writes it, best after a first
 * cell has been checked: V8 then includes the functions that a check compiled. By hand on every Node:
 * `module.enableCompileCache` came with 22.1, saves no more, and writes only at an orderly exit, which a killed
 * kernel never has.
 */
import { isAscii } from "node:buffer";
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";
import { keepFile } from "../../runtime/files.ts";

/** The module `cell-typescript`: TypeScript 6.0, whose API is JavaScript. */
export type TypeScript = typeof import("cell-typescript");

export interface LoadTypeScriptOptions {
  /** Where the compiled code lies, made when missing. What lies there is run: it must be the user's own. */
  cacheFolder: string;
}

export interface LoadedTypeScript {
  typescript: TypeScript;
  /** The compiled code came from the cache. */
  isCached: boolean;
  /**
   * Writes the compiled code unless it came from there; about 40 ms. Says whether it wrote: a full or read-only
   * disk is not an error, and under other flags than it was loaded with V8 would mark code that no load accepts.
   */
  storeCache: () => boolean;
}

const checksumBytes = 4;

/**
 * Loads TypeScript. A cache that is missing, damaged or of another V8 only makes this slower.
 *
 * Call it once a thread, and before changing V8's flags; put them back before `storeCache`.
 *
 * @example
 * const { typescript, storeCache } = loadTypeScript({ cacheFolder: "/home/ada/.cache/cairn/compiler" });
 * const file = typescript.createSourceFile("cell.ts", "1 + 1", typescript.ScriptTarget.ESNext);
 * storeCache();
 */
export function loadTypeScript({ cacheFolder }: LoadTypeScriptOptions): LoadedTypeScript {
  const require = createRequire(import.meta.url);
  const path = require.resolve("cell-typescript");
  const tag = cachedDataVersionTag();
  const cachePath = join(cacheFolder, cacheName(path, tag));
  const cachedData = readCache(cachePath);
  const script = new Script(wrappedText(path), { filename: path, ...(cachedData === undefined ? {} : { cachedData }) });
  const isCached = script.cachedDataRejected === false;
  const module = { exports: {} };
  const run = script.runInThisContext() as (...values: readonly unknown[]) => void;
  run.call(module.exports, module.exports, createRequire(path), module, path, dirname(path));
  return {
    typescript: module.exports as TypeScript,
    isCached,
    storeCache: () => !isCached && cachedDataVersionTag() === tag && writeCache(cachePath, script.createCachedData()),
  };
}

/**
 * The module as a function with the parameters that Node gives it, on the first line, so that lines in stack traces
 * stay true. Put together as bytes: a text of 9 MB that grows by a word is copied when it is compiled, and the first
 * one stays in memory until V8 next collects.
 */
function wrappedText(path: string): string {
  const [head, tail] = ["(function (exports, require, module, __filename, __dirname) { ", "\n})"];
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(head.length + size + tail.length, " ");
    bytes.write(head);
    for (let at = 0, read = -1; at < size && read !== 0; at += read) read = readSync(file, bytes, head.length + at, size - at, at);
    bytes.write(tail, head.length + size);
    return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
  } finally {
    closeSync(file);
  }
}

/**
 * Names all that the compiled code depends on. V8 itself compares only its version, its flags and the length of
 * the source; the tag covers flags and processor, and the file's size and time stand for what TypeScript it is.
 */
function cacheName(path: string, tag: number): string {
  const { size, mtimeMs } = statSync(path);
  const source = `${size.toString(36)}-${Math.round(mtimeMs).toString(36)}`;
  return `typescript-${process.version}-${process.platform}-${process.arch}-${tag.toString(36)}-${source}.v8cache`;
}

/** The cache is its checksum, then V8's bytes: V8 checks none in a release build, and damaged code can end the process. */
function readCache(path: string): Buffer | undefined {
  try {
    const content = readFileSync(path);
    const code = content.subarray(checksumBytes);
    return code.length > 0 && content.readUInt32LE() === crc32(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** A kernel starting meanwhile reads the whole file or none; of several writers the last wins. */
function writeCache(path: string, code: Buffer): boolean {
  const checksum = Buffer.alloc(checksumBytes);
  checksum.writeUInt32LE(crc32(code));
  return keepFile(path, Buffer.concat([checksum, code]));
}
