/** Loaded with --import: worker threads, which take the options of their process, then run from TypeScript sources as well. */
import { isMainThread } from "node:worker_threads";

if (!isMainThread) (await import("tsx/esm/api")).register();
