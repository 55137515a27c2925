export { NotebookFormatError } from "./errors.ts";
export { readNotebook, writeNotebook } from "./files.ts";
export { formatNotebook } from "./format.ts";
export { languageOf } from "./language.ts";
export { isJson } from "./lines.ts";
export { parseNotebook } from "./parse.ts";
export type * from "./types.ts";
