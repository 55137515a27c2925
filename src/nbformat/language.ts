import type { Notebook } from "./types.ts";

/** The language of a notebook's code in small letters: what its last kernel said, what its kernelspec says, or ours. */
export const languageOf = ({ metadata }: Notebook): string =>
  (metadata.language_info?.name || metadata.kernelspec?.language || "typescript").toLowerCase();
