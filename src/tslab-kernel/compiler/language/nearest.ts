import { ts } from "../typescript.ts";

/** The candidate that the name was meant to be, by the compiler's own guess for misspelt names. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const { getSpellingSuggestion } = ts as unknown as {
    getSpellingSuggestion: (name: string, candidates: readonly string[], nameOf: (candidate: string) => string) => string | undefined;
  };
  return getSpellingSuggestion(name, candidates, (candidate) => candidate);
}
