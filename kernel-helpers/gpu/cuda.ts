/** The libraries of a CUDA device in the cache: fetched, linked beside ONNX Runtime, taken out again. */
import { rm } from "node:fs/promises";
import { checkArray, checkFunction, checkObject, checkOptions, checkSignal } from "../runtime/check.ts";
import { fetchEntry, missingBytes, removeEntry, type FetchOptions, type ManifestEntry } from "../models/index.ts";
import { cudaCache, linkProviders, unlinkProviders } from "../onnx/index.ts";
import { cudaEntries } from "./wheels.ts";

export interface CudaOptions extends FetchOptions {
  /** What is fetched. @default the wheels that go with this version of ONNX Runtime */
  entries?: readonly ManifestEntry[];
}

/**
 * Fetches the libraries that a CUDA device needs, unless they are there, and puts links to the provider beside ONNX Runtime. Broken off, the next call goes on
 * where it stopped. It does not ask whether there is a GPU.
 *
 * @returns The folder.
 * @throws {UnavailableError} No source has them.
 * @throws {InterruptedError} Ctrl-C, ■ or the signal ended it.
 */
export async function fetchCuda(options: CudaOptions = {}): Promise<string> {
  const { entries, ...rest } = checkCudaOptions("fetchCuda", options);
  for (const entry of entries) await fetchEntry(entry, rest);
  linkProviders();
  return cudaCache();
}

/** Bytes that have to come until the libraries are there. */
export async function missingCuda(options: Pick<CudaOptions, "entries"> = {}): Promise<number> {
  const { entries } = checkCudaOptions("missingCuda", options);
  const missing = await Promise.all(entries.map(missingBytes));
  return missing.reduce((total, bytes) => total + bytes, 0);
}

/** Takes the libraries out of the cache, and the links away. @returns How many bytes that were. */
export async function removeCuda(options: Pick<CudaOptions, "entries"> = {}): Promise<number> {
  const { entries } = checkCudaOptions("removeCuda", options);
  unlinkProviders();
  let bytes = 0;
  for (const entry of entries) bytes += await removeEntry(entry);
  await rm(cudaCache(), { recursive: true, force: true });
  return bytes;
}

function checkCudaOptions(name: string, options: CudaOptions): CudaOptions & { entries: readonly ManifestEntry[] } {
  checkOptions(name, options, ["entries", "signal", "onProgress"]);
  const { entries = cudaEntries, signal, onProgress } = options;
  checkArray("entries", entries, checkObject);
  checkSignal("signal", signal);
  if (onProgress !== undefined) checkFunction("onProgress", onProgress);
  return { ...options, entries };
}
