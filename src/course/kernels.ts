/**
 * Kernels for many notebooks: each gets the kind that it names, from one pool for each kind. The room that starts kernels is loaded when
 * the first is wanted: a run whose notebooks are all remembered does not wait for it.
 */
import type { KernelSource } from "../kernel/index.ts";
import { languageOf, type Notebook } from "../nbformat/index.ts";

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

/** A kernel by its name, or by the language of a notebook that names none. */
type Wish = { name: string; language?: undefined } | { language: string; name?: undefined };

const builtIn = "tslab";
const ownLanguages: ReadonlySet<string> = new Set(["typescript", "javascript"]);

/** What decides, in this order: the caller, the name in the notebook, its language. */
function wishOf(notebook: Notebook, kernel: string | undefined): Wish {
  if (kernel !== undefined) return { name: kernel };
  const { name } = notebook.metadata.kernelspec ?? {};
  if (name) return { name };
  const language = languageOf(notebook);
  return ownLanguages.has(language) ? { name: builtIn } : { language };
}

/** What a notebook's cells are run by, for a reader; nothing for the built-in kernel. */
export function foreignKernel(notebook: Notebook): string | undefined {
  const { name, language } = wishOf(notebook, undefined);
  return name === builtIn ? undefined : name === undefined ? `a kernel for ${language}` : `the kernel ${name}`;
}

export class CourseKernels {
  readonly #options: CourseKernelsOptions;
  readonly #sources = new Map<string, Promise<KernelSource>>();

  private constructor(options: CourseKernelsOptions) {
    this.#options = options;
  }

  /** @throws {InputError} The kernel asked for is not there, or the server's URL is not a URL. */
  static async open(options: CourseKernelsOptions): Promise<CourseKernels> {
    const kernels = new CourseKernels(options);
    if (options.kernel !== undefined || options.server) await kernels.#source({ name: options.kernel ?? "" });
    return kernels;
  }

  /** Whether what a notebook's kernel depends on is known here: it is not for kernels of others. */
  isBuiltIn(notebook: Notebook): boolean {
    return !this.#options.server && wishOf(notebook, this.#options.kernel).name === builtIn;
  }

  /** @throws {InputError} the notebook's kernel is not there. */
  for(notebook: Notebook): Promise<KernelSource> {
    const { kernel, server } = this.#options;
    return this.#source(wishOf(notebook, kernel ?? (server ? "" : undefined)));
  }

  async close(): Promise<void> {
    const sources = await Promise.allSettled(this.#sources.values());
    await Promise.all(sources.flatMap((source) => (source.status === "fulfilled" ? [source.value.close()] : [])));
  }

  #source(wish: Wish): Promise<KernelSource> {
    const key = JSON.stringify(wish);
    let source = this.#sources.get(key);
    if (!source) this.#sources.set(key, (source = openSource(wish, this.#options)));
    return source;
  }
}

async function openSource({ name, language }: Wish, { jobs, server, env = {} }: CourseKernelsOptions): Promise<KernelSource> {
  const { findKernelspec, findKernelspecFor, KernelPool, ServerKernels } = await import("../kernel/index.ts");
  if (server) return new ServerKernels({ ...server, ...(name ? { kernel: name } : {}) });
  const spec = name === undefined ? findKernelspecFor(language!) : findKernelspec(name);
  return new KernelPool({ spec: { ...spec, env: { ...spec.env, ...env } }, ...(jobs === undefined ? {} : { jobs }) });
}
