import type { KernelSource } from "../kernel/index.ts";
import type { ExecutionEvent } from "./result.ts";

export interface ExecuteOptions {
  /** How the notebook is called in events and in the result. */
  path: string;
  /** The kernel's working directory: the notebook's folder. */
  cwd: string;
  kernels: KernelSource;
  /** How long each cell may run; 0 is without end. A cell's own `metadata.execution.timeout` comes first, then the notebook's. @default without end */
  cellTimeoutSeconds?: number;
  /** How long the notebook may run, its kernel's start included; 0 is without end. @default without end */
  timeoutSeconds?: number;
  /**
   * Megabytes (10⁶ bytes) that the kernel and all processes it has started may hold together; 0 is without end. When they hold more, the kernel
   * is ended. The notebook's own `metadata.execution.memory_limit` comes first. Linux alone says what processes hold. @default without end
   */
  memoryLimitMb?: number;
  /** Runs the cells after a failed one as well, and lets the notebook pass. The notebook's own `metadata.execution.allow_errors` does it too. @default false */
  allowErrors?: boolean;
  /** Values for names that the cell tagged `parameters` declares. */
  parameters?: Readonly<Record<string, unknown>>;
  /** Stops the notebook: its cell is interrupted, its kernel closed, and the result says so. */
  signal?: AbortSignal;
  /**
   * Hears what happens, in order. At a `cell-end` all outputs so far are in the notebook, which may be saved then. A cell comes to a second
   * `cell-end` if it fails after it had passed, by a promise or a callback of its own.
   */
  onEvent?: (event: ExecutionEvent) => void;
  /** Called now and then while a cell runs that shows something new. All outputs so far are in the notebook, which may be saved then. */
  onOutput?: () => void;
}
