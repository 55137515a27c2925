/** Why a notebook is run, or is not run again. */
import type { RunInput } from "./run-key.ts";

export interface Explanation {
  /** As the caller gave it. */
  path: string;
  isRun: boolean;
  why: string;
  /** Names of all that was looked at: files and folders as seen from the notebook, environment variables, settings. */
  inputs: string[];
}

/** What is known about a notebook before it runs. */
interface Known {
  hasCache: boolean;
  isBuiltIn: boolean;
  isCached: boolean;
  inputs: readonly RunInput[] | undefined;
  /** Those of its last run that passed. */
  before: readonly RunInput[] | undefined;
}

/** Names of inputs that are new, gone, or not as they were. */
export function changes(before: readonly RunInput[], now: readonly RunInput[]): string[] {
  const [old, current] = [before, now].map((inputs) => new Map(inputs.map(({ name, digest }) => [name, digest])));
  return [...new Set([...current!.keys(), ...old!.keys()])].filter((name) => old!.get(name) !== current!.get(name));
}

function reason({ hasCache, isBuiltIn, isCached, inputs, before }: Known): string {
  if (!hasCache) return "the cache is not used";
  if (!isBuiltIn) return "what a kernel of others depends on is not known";
  if (!inputs) return "it names more files than are looked at, or one that cannot be read";
  if (isCached) return "nothing has changed since it passed";
  if (!before) return "it has not passed here before";
  const changed = changes(before, inputs);
  if (changed.length > 0) return `changed since it last passed: ${changed.join(", ")}`;
  return "what came of it when it passed is no longer kept";
}

export const explain = (path: string, known: Known): Explanation => ({
  path,
  isRun: !known.isCached,
  why: reason(known),
  inputs: (known.inputs ?? []).map(({ name }) => name),
});
