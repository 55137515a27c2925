/**
 * What a kernel sends, as nbformat can hold it. A kernel may send anything: `{"text/html": 42}`, null as metadata, a traceback that is one
 * text. What has a meaning is kept as text, the rest is left out, so that the notebook can be opened everywhere.
 */
import { isJson, type ErrorOutput, type MimeBundle } from "../nbformat/index.ts";

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Text of whatever was sent: lists of lines are joined, what is not text is written as JSON. */
export function validText(value: unknown, otherwise = ""): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return otherwise;
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("");
  return JSON.stringify(value);
}

export function validBundle(data: unknown): MimeBundle {
  if (!isFields(data)) return {};
  const kept = Object.entries(data).filter(([type, value]) => isJson(type) || (value !== null && value !== undefined));
  return Object.fromEntries(kept.map(([type, value]) => [type, isJson(type) ? value : validText(value)]));
}

export const validMetadata = (metadata: unknown): Record<string, unknown> => (isFields(metadata) ? metadata : {});

export const validCount = (count: unknown): number | null => (Number.isInteger(count) && (count as number) >= 0 ? (count as number) : null);

/** An error output, from a message or reply that may lack any of its fields. */
export function errorOutput({ ename, evalue, traceback }: { ename?: unknown; evalue?: unknown; traceback?: unknown }): ErrorOutput {
  const lines = Array.isArray(traceback) ? traceback : traceback === undefined || traceback === null ? [] : [traceback];
  return {
    output_type: "error",
    ename: validText(ename) || "Error",
    evalue: validText(evalue),
    traceback: lines.map((line) => validText(line)),
  };
}
