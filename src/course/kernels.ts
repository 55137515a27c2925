/** Kernels for many notebooks: each gets the kind that it names, from one pool for each kind. */
import { findKernelspec, KernelPool, ServerKernels, type KernelSource } from "../kernel/index.ts";
import type { Notebook } from "../nbformat/index.ts";

export interface CourseKernelsOptions {
  jobs: number;
  /** A kernel for all notebooks, whatever they name. */
  kernel?: string;
  /** A Jupyter Server whose kernels are used instead of processes of ours. */
  server?: { url: string; token?: string };
  /** Variables for the kernels' environment. */
  env?: Record<string, string>;
}

const builtIn = "tslab";

export class CourseKernels {
  readonly #options: CourseKernelsOptions;
  readonly #sources = new Map<string, KernelSource>();

  /** @throws {InputError} the kernel asked for is not there, or the server's URL is none. */
  constructor(options: CourseKernelsOptions) {
    this.#options = options;
    if (options.kernel !== undefined || options.server) this.#source(options.kernel ?? "");
  }

  /** Whether what a notebook's kernel depends on is known here: it is not for kernels of others. */
  isBuiltIn(notebook: Notebook): boolean {
    return !this.#options.server && this.#nameFor(notebook) === builtIn;
  }

  /** @throws {InputError} the notebook's kernel is not there. */
  for(notebook: Notebook): KernelSource {
    return this.#source(this.#nameFor(notebook));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sources.values()].map((source) => source.close()));
  }

  #nameFor({ metadata }: Notebook): string {
    const { kernel, server } = this.#options;
    return kernel ?? (server ? "" : (metadata.kernelspec?.name ?? builtIn));
  }

  #source(name: string): KernelSource {
    const known = this.#sources.get(name);
    if (known) return known;
    const { jobs, server, env } = this.#options;
    const source = server ? new ServerKernels({ ...server, ...(name === "" ? {} : { kernel: name }) }) : localKernels(name, jobs, env);
    this.#sources.set(name, source);
    return source;
  }
}

function localKernels(name: string, jobs: number, env: Record<string, string> = {}): KernelPool {
  const spec = findKernelspec(name);
  return new KernelPool({ spec: { ...spec, env: { ...spec.env, ...env } }, jobs });
}
