import { distance } from "fastest-levenshtein";

/** The candidate that was probably meant: at most two letters in five differ; else one that begins with the name. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= 0.4 * Math.max(name.length, candidate.length))
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate ?? candidates.find((candidate) => name.length > 2 && candidate.toLowerCase().startsWith(name.toLowerCase()));
}
