/**
 * CUDA without an installation: ONNX Runtime's provider and NVIDIA's libraries lie in a folder of the cache. NVIDIA's are loaded by their paths, and
 * stay: when the provider asks for them by name, the system's loader finds that they are there. So no LD_LIBRARY_PATH is needed, in whatever process. The
 * provider has to lie beside ONNX Runtime, which looks nowhere else: links there name the folder.
 */
import { existsSync, lstatSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import path from "node:path";
import { cacheFolder } from "../../runtime/cache-folder.ts";

/** What ONNX Runtime looks for beside itself. */
const providers = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"] as const;

/** Each after those that it needs. What they open later by themselves lies beside them. */
const nvidia = ["libcudart.so.13", "libnvrtc.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudnn.so.9"];

/** Where `cairn gpu` puts them. */
export const cudaCache = (): string => path.join(cacheFolder(), "libraries", "cuda");

/** Where libraries are looked for: the folders of CAIRN_CUDA, with colons between them, else the cache's. */
export function cudaFolders(env: Readonly<Record<string, string | undefined>> = process.env): string[] {
  const given = env["CAIRN_CUDA"]?.split(path.delimiter).filter(Boolean) ?? [];
  return given.length > 0 ? given : [cudaCache()];
}

/** Whether the provider lies beside ONNX Runtime, or where it can be linked from. */
export const hasProvider = (): boolean =>
  providers.every((name) => existsSync(path.join(runtimeFolder(), name)) || found(name) !== undefined);

/** The folder of onnxruntime-node's libraries. */
export function runtimeFolder(): string {
  const main = createRequire(import.meta.url).resolve("onnxruntime-node/dist/binding");
  return path.join(path.dirname(main), "..", "bin", "napi-v6", process.platform, process.arch);
}

const loaded = new Set<string>();

/** Makes a session's CUDA provider find all that it needs. What is missing shows when the session is opened. */
export function openCuda(): void {
  if (process.platform !== "linux") return;
  linkProviders();
  for (const name of nvidia) {
    const file = found(name);
    if (file === undefined || loaded.has(file)) continue;
    loadForGood(file);
    loaded.add(file);
  }
}

/** Puts links to the provider beside ONNX Runtime, unless it lies there; a folder that cannot be written to is left as it is. */
export function linkProviders(folder: string = runtimeFolder()): void {
  for (const name of providers) {
    const target = found(name);
    const link = path.join(folder, name);
    if (target === undefined || (existsSync(link) && (!isLink(link) || readlinkSync(link) === target))) continue;
    try {
      rmSync(link, { force: true }); // one that leads nowhere, or to an earlier place
      symlinkSync(target, link);
    } catch {
      // the session's error says what is missing
    }
  }
}

/** Takes away the links that lead into the cache. */
export function unlinkProviders(folder: string = runtimeFolder()): void {
  for (const link of providers.map((name) => path.join(folder, name))) {
    if (isLink(link) && path.dirname(readlinkSync(link)) === cudaCache()) rmSync(link);
  }
}

const found = (name: string): string | undefined =>
  cudaFolders()
    .map((folder) => path.resolve(folder, name))
    .find((file) => existsSync(file));

const isLink = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;

/** RTLD_NODELETE of glibc, which Node does not name: closing does not unload. */
const forGood = 0x1000;

/** Loads a library that is none of Node's own: Node says so, and closes it, which changes nothing then. */
function loadForGood(file: string): void {
  try {
    process.dlopen({ exports: {} } as NodeJS.Module, file, constants.dlopen.RTLD_LAZY | constants.dlopen.RTLD_GLOBAL | forGood);
  } catch {
    // always
  }
}
