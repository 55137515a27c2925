/** Kernelspecs: how each kind of kernel is started. `tslab` is built in and needs no installing; the others are found where Jupyter finds them. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../errors.ts";
import type { Transport } from "./endpoint.ts";
import { kernelspecFolders, type PathOptions } from "../runtime/jupyter-paths.ts";
import { kernelMain, tslabKernelspec } from "../tslab-kernel/index.ts";

export interface KernelSpec {
  name: string;
  displayName: string;
  language: string;
  /** The program and its arguments, `{connection_file}` where the connection file's path goes. */
  argv: string[];
  env: Record<string, string>;
  interruptMode: "message" | "signal";
  transport: Transport;
  /** The folder of kernel.json; none for the kernel that is built in. */
  folder?: string;
}

/** The kernel of this installation: see src/tslab-kernel. Windows has no ipc sockets in ZeroMQ. */
export function builtInKernelspec(): KernelSpec {
  const { argv, env, display_name: displayName, language, interrupt_mode: interruptMode } = tslabKernelspec(kernelMain);
  return {
    name: "tslab",
    displayName,
    language,
    argv,
    env: { ...env, CAIRN_STREAM_LIMIT: "Infinity" }, // all text is taken: what a notebook keeps of it is decided where it is kept
    interruptMode,
    transport: process.platform === "win32" ? "tcp" : "ipc",
  };
}

const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === "string");

/** `python` in a spec installed into an environment means that environment's, as for Jupyter running there. */
function resolveProgram(program: string, folder: string): string {
  if (!/^python[\d.]*$/.test(program)) return program;
  const prefix = dirname(dirname(dirname(dirname(folder)))); // PREFIX/share/jupyter/kernels/NAME
  const own = process.platform === "win32" ? join(prefix, "Scripts", "python.exe") : join(prefix, "bin", program);
  return existsSync(own) ? own : program;
}

/** Environment values may refer to ours, as `${HOME}`. */
const expand = (text: string): string => text.replace(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole);

/** The spec in a folder, or nothing when its kernel.json is missing or broken: Jupyter passes over those too. */
function readKernelspec(folder: string, name: string): KernelSpec | undefined {
  let spec: Record<string, unknown>;
  try {
    spec = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (!isStrings(spec.argv) || spec.argv.length === 0) return undefined;
  const [program, ...parameters] = spec.argv.map((argument) => argument.replaceAll("{resource_dir}", folder)) as [string, ...string[]];
  const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);
  return {
    name,
    displayName: text(spec.display_name, name),
    language: text(spec.language, ""),
    argv: [resolveProgram(program, folder), ...parameters],
    env: Object.fromEntries(Object.entries(spec.env ?? {}).map(([key, value]) => [key, expand(String(value))])),
    interruptMode: spec.interrupt_mode === "message" ? "message" : "signal",
    transport: "tcp",
    folder,
  };
}

const foldersIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** All kernels that can be started here, the built-in one first; of two with one name the first found counts, as for Jupyter. */
export function findKernelspecs(options: PathOptions = {}): KernelSpec[] {
  const found = new Map<string, KernelSpec>([["tslab", builtInKernelspec()]]);
  for (const folder of kernelspecFolders(options)) {
    for (const entry of foldersIn(folder)) {
      const name = entry.toLowerCase();
      const spec = found.has(name) ? undefined : readKernelspec(join(folder, entry), name);
      if (spec) found.set(name, spec);
    }
  }
  return [...found.values()];
}

const missing = (what: string, specs: readonly KernelSpec[], facts: Record<string, unknown>): InputError => {
  const found = specs.map(({ name }) => name);
  return new InputError(`${what} (found: ${found.join(", ")})`, {
    facts: { ...facts, found },
    hint:
      "--kernel NAME takes one of these for all notebooks: tslab, which is built in, runs TypeScript and JavaScript. For another, install its " +
      "kernelspec where Jupyter looks for it (jupyter kernelspec list), or give the path of the folder of its kernel.json",
  });
};

/**
 * @param name A kernelspec's name, or the path of a folder with a kernel.json (which also reaches an installed spec called `tslab`).
 * @throws {InputError} listing the kernels there are.
 */
export function findKernelspec(name: string, options: PathOptions = {}): KernelSpec {
  const specs = findKernelspecs(options);
  const spec = /[\\/]/.test(name) ? readKernelspec(name, name) : specs.find((candidate) => candidate.name === name.toLowerCase());
  if (spec) return spec;
  throw missing(`there is no kernel ${JSON.stringify(name)}`, specs, { kernel: name });
}

/**
 * The first kernel for a language, for a notebook that names none.
 *
 * @throws {InputError} listing the kernels there are.
 */
export function findKernelspecFor(language: string, options: PathOptions = {}): KernelSpec {
  const specs = findKernelspecs(options);
  const spec = specs.find((candidate) => candidate.language.toLowerCase() === language.toLowerCase());
  if (spec) return spec;
  throw missing(`the notebook is in ${language} and names no kernel`, specs, { language });
}
