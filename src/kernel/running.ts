/** One kernel, wherever it runs, as execution sees it. */
import type { Kernel } from "@jupyterlab/services";

/** How a kernel ended without having been asked to. */
export interface KernelDeath {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what the process wrote to its own stdout and stderr: native crashes and out-of-memory reports land there. */
  lastWords: string;
}

export interface RunningKernel {
  connection: Kernel.IKernelConnection;
  /** Resolves when the process ends without having been asked to; never rejects. Does not resolve after close(). */
  died: Promise<KernelDeath>;
  /** What the process writes to its own stdout and stderr, past the protocol; returns the function that stops listening. */
  onProcessOutput(listener: (name: "stdout" | "stderr", text: string) => void): () => void;
  /**
   * Bytes of memory that its process and all that it has started hold now; up to `enough` it may be more than they do. Undefined where that
   * cannot be known: on a Jupyter Server, and elsewhere than on Linux.
   */
  memory(enough: number): number | undefined;
  /** Asks the running cell to stop: a message or SIGINT, as the kernelspec says. */
  interrupt(): Promise<void>;
  /** Ends the kernel and everything it started; resolves when no process is left. */
  close(): Promise<void>;
}

/** Where kernels come from: child processes, or a Jupyter Server. */
export interface KernelSource {
  /** A kernel whose working directory is `cwd`, ready to execute. Each is used for one notebook. */
  acquire(cwd: string): Promise<RunningKernel>;
  /** Says that a kernel for `cwd` will be wanted soon, so that it can be started ahead. */
  prepare(cwd: string): void;
  /** Closes all kernels, also the ones handed out. */
  close(): Promise<void>;
}
