import { CairnError } from "../errors.ts";
import type { CellError } from "./result.ts";

/** Anything thrown, as results have it. */
export function describeError(error: unknown): CellError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  return { name: error.name, message: error.message, ...(error instanceof CairnError ? { code: error.code } : {}) };
}
