import { ts } from "./typescript.ts";

/** The candidate that the name was meant to be, as the compiler guesses it for names of its own. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const { getSpellingSuggestion } = ts as unknown as {
    getSpellingSuggestion: (name: string, candidates: readonly string[], nameOf: (candidate: string) => string) => string | undefined;
  };
  return getSpellingSuggestion(name, candidates, (candidate) => candidate);
}
