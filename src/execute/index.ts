export { describeError } from "./describe-error.ts";
export { forgetEarlierRun, isSkipped } from "./earlier-run.ts";
export { executeNotebook } from "./execute-notebook.ts";
export { expectedErrors, mustRaise } from "./judge.ts";
export { milliseconds, RunTimeout } from "./limits.ts";
export type { ExecuteOptions } from "./options.ts";
export { injectParameters } from "./parameters.ts";
export type * from "./result.ts";
export { StreamText } from "./stream-text.ts";
