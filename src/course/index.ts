export { cacheFolder } from "../runtime/cache-folder.ts";
export { build, fetchModelsAndData } from "./checkout.ts";
export { clean, type CleanOptions, type Removed } from "./clean.ts";
export type { Explanation } from "./explanation.ts";
export { foreignKernel } from "./kernels.ts";
export { RunCache } from "./run-cache.ts";
export { runNotebooks, type FinishedRun, type NotebookTask, type RunNotebooksOptions } from "./run-notebooks.ts";
export { touchedSince, type Touched } from "./since.ts";
export { NotebookWatch, type NotebookChange } from "./watch.ts";
