export { checkNotebooks, type CheckOptions } from "./check-notebooks.ts";
export { toCheckAnnotations, toCheckJson } from "./machine.ts";
export type * from "./result.ts";
export { countsOf, notebookText, summaryText } from "./text.ts";
