export { KernelStartError } from "./errors.ts";
export { builtInKernelspec, findKernelspec, findKernelspecFor, findKernelspecs, type KernelSpec } from "./kernelspec.ts";
export { startKernel, type StartOptions } from "./local-kernel.ts";
export { defaultJobs, KernelPool, type KernelPoolOptions } from "./pool.ts";
export type * from "./running.ts";
export { ServerKernels, type ServerKernelsOptions } from "./server.ts";
