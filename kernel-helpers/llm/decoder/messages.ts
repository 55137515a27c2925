/** What a decoder and its engine's thread say to each other, and errors in a form that passes between threads. */
import * as errors from "../../errors.ts";
import type { DecoderConfig } from "./config.ts";
import type { BatchRun, DrawRun, EngineOptions, EngineRun, PrefixRun } from "./engine.ts";

/** How the thread is started. */
export interface EngineStart extends EngineOptions {
  place: string;
}

export type Question =
  | { kind: "run"; run: EngineRun }
  | { kind: "draw"; run: DrawRun }
  | { kind: "batch"; run: BatchRun }
  | { kind: "prefix"; run: PrefixRun }
  | { kind: "close" };

/** One for the start, and one for each run: logits, or for tokens that were drawn their ids. */
export type Answer =
  | { kind: "ready"; config: DecoderConfig }
  | { kind: "logits"; logits: Float32Array<ArrayBuffer> }
  | { kind: "failed"; error: SentError };

/** An error of ours with what makes it one; any other as structured cloning leaves it. */
export type SentError = { code: string; summary: string; hint: string; facts: Readonly<Record<string, unknown>> } | { other: unknown };

export function packError(error: unknown): SentError {
  if (!errors.HelperError.is(error)) return { other: error };
  const { code, summary, hint, facts } = error;
  return { code, summary, hint, facts };
}

export function unpackError(sent: SentError): unknown {
  if ("other" in sent) return sent.other;
  const { code, summary, hint, facts } = sent;
  const Type = Object.values(errors).find((candidate) => candidate.code === code) ?? errors.HelperError;
  return new Type(summary, { hint, facts });
}
