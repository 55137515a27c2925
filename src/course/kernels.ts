/**
 * Kernels for many notebooks: each gets the kind that it names, from one pool for each kind. The room that starts kernels is loaded when
 * the first is wanted: a run whose notebooks are all remembered does not wait for it.
 */
import type { KernelSource } from "../kernel/index.ts";
import type { Notebook } from "../nbformat/index.ts";

export interface CourseKernelsOptions {
  /** Notebooks at a time. @default as many as there are cores, and as memory carries */
  jobs?: number;
  /** A kernel for all notebooks, whatever they name. */
  kernel?: string;
  /** A Jupyter Server whose kernels are used instead of child processes. */
  server?: { url: string; token?: string };
  /** Variables for the kernels' environment. */
  env?: Record<string, string>;
}

const builtIn = "tslab";

export class CourseKernels {
  readonly #options: CourseKernelsOptions;
  readonly #sources = new Map<string, Promise<KernelSource>>();

  private constructor(options: CourseKernelsOptions) {
    this.#options = options;
  }

  /** @throws {InputError} The kernel asked for is not there, or the server's URL is not a URL. */
  static async open(options: CourseKernelsOptions): Promise<CourseKernels> {
    const kernels = new CourseKernels(options);
    if (options.kernel !== undefined || options.server) await kernels.#source(options.kernel ?? "");
    return kernels;
  }

  /** Whether what a notebook's kernel depends on is known here: it is not for kernels of others. */
  isBuiltIn(notebook: Notebook): boolean {
    return !this.#options.server && this.#nameFor(notebook) === builtIn;
  }

  /** @throws {InputError} the notebook's kernel is not there. */
  for(notebook: Notebook): Promise<KernelSource> {
    return this.#source(this.#nameFor(notebook));
  }

  async close(): Promise<void> {
    const sources = await Promise.allSettled(this.#sources.values());
    await Promise.all(sources.flatMap((source) => (source.status === "fulfilled" ? [source.value.close()] : [])));
  }

  #nameFor({ metadata }: Notebook): string {
    const { kernel, server } = this.#options;
    return kernel ?? (server ? "" : (metadata.kernelspec?.name ?? builtIn));
  }

  #source(name: string): Promise<KernelSource> {
    let source = this.#sources.get(name);
    if (!source) this.#sources.set(name, (source = openSource(name, this.#options)));
    return source;
  }
}

async function openSource(name: string, { jobs, server, env = {} }: CourseKernelsOptions): Promise<KernelSource> {
  const { findKernelspec, KernelPool, ServerKernels } = await import("../kernel/index.ts");
  if (server) return new ServerKernels({ ...server, ...(name === "" ? {} : { kernel: name }) });
  const spec = findKernelspec(name);
  return new KernelPool({ spec: { ...spec, env: { ...spec.env, ...env } }, ...(jobs === undefined ? {} : { jobs }) });
}
