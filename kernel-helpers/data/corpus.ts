/** Texts for language models, split the same way for everybody, so that figures compare: one part to train on and one to validate with. */
import type { FetchOptions } from "../models/index.ts";
import { argumentError, checkChoice, checkOptions } from "../runtime/check.ts";
import { loadEnglish, loadPoems, loadTinyShakespeare, type Poem } from "./texts.ts";

export interface Corpus {
  train: string;
  validation: string;
}

export interface CorpusOptions extends FetchOptions {
  /** For poems: how many to take at most, from the beginning, before they are split. */
  limit?: number;
}

export type CorpusName = "moby-dick" | "poems" | "tiny-shakespeare";

const names: readonly CorpusName[] = ["moby-dick", "poems", "tiny-shakespeare"];

const loaders: Record<CorpusName, (options: CorpusOptions) => Promise<Corpus>> = {
  "moby-dick": async (options) => {
    const chapters = await loadEnglish(options);
    return cutAtNineTenths(chapters.map(({ title, text }) => `${title}\n\n${text}`).join("\n"));
  },
  poems: async (options) => splitPoems(await loadPoems(options)),
  "tiny-shakespeare": async (options) => cutAtNineTenths(await loadTinyShakespeare(options)),
};

/**
 * A text to train a language model on and one to validate it with.
 *
 * - `moby-dick`, `tiny-shakespeare`: the first nine tenths and the rest, as nanoGPT splits.
 * - `poems`: every tenth Tang poem is for validation, as the last tenth of the collection is of another kind (ghosts, proverbs, songs). The
 *   collection has many poems twice, under two poets, so validation leaves out those that share a couplet with a training poem. A blank line ends
 *   each.
 *
 * @throws {ArgumentError} Another name, or a limit for a corpus that has none.
 * @throws {UnavailableError} The text is not in the cache and cannot be fetched; tiny-shakespeare needs GitHub.
 * @example
 * const { train, validation } = await loadCorpus("moby-dick");
 */
export async function loadCorpus(name: CorpusName, options: CorpusOptions = {}): Promise<Corpus> {
  checkChoice("name", name, names);
  checkOptions("options", options, ["limit", "signal", "onProgress"]);
  if (name !== "poems" && options.limit !== undefined) {
    throw argumentError("options.limit", `left out for "${name}"`, options.limit, { hint: "only poems can be limited" });
  }
  return loaders[name](options);
}

function cutAtNineTenths(text: string): Corpus {
  const length = Math.floor(text.length * 0.9);
  return { train: text.slice(0, length), validation: text.slice(length) };
}

function splitPoems(poems: readonly Poem[]): Corpus {
  const kept = poems.filter((_, index) => index % 10 !== 9);
  const known = new Set(kept.flatMap(({ text }) => text.split("\n")));
  const others = poems.filter(({ text }, index) => index % 10 === 9 && !text.split("\n").some((couplet) => known.has(couplet)));
  const joined = (part: readonly Poem[]): string => part.map(({ text }) => `${text}\n\n`).join("");
  return { train: joined(kept), validation: joined(others) };
}
