/** Texts for language models, cut the same way for everybody, so that figures compare: one part to train on and one to be judged by. */
import { ArgumentError } from "../errors.ts";
import type { FetchOptions } from "../models/index.ts";
import { loadEnglish, loadPoems, loadTinyShakespeare, type Poem } from "./texts.ts";

export interface Corpus {
  train: string;
  validation: string;
}

export interface CorpusOptions extends FetchOptions {
  /** For poems: at most so many, from the beginning, before they are split. */
  limit?: number;
}

export type CorpusName = "moby-dick" | "poems" | "tiny-shakespeare";

const loaders: Record<CorpusName, (options: CorpusOptions) => Promise<Corpus>> = {
  "moby-dick": async (options) => {
    const chapters = await loadEnglish(options);
    return cutAtNineTenths(chapters.map(({ title, text }) => `${title}\n\n${text}`).join("\n"));
  },
  poems: async (options) => splitPoems(await loadPoems(options)),
  "tiny-shakespeare": async (options) => cutAtNineTenths(await loadTinyShakespeare(options)),
};

/**
 * A text to train a language model on and one to judge it by.
 *
 * - `moby-dick`, `tiny-shakespeare`: the first nine tenths and the rest, as nanoGPT splits.
 * - `poems`: every tenth Tang poem is for validation, as the last tenth of the collection is of another kind (ghosts, proverbs, songs). The
 *   collection gives many poems twice, under two poets, so those are left out of it of which a training poem has a couplet. A blank line ends each.
 *
 * @throws {ArgumentError} Another name.
 * @throws {UnavailableError} The text is not here and cannot be fetched; tiny-shakespeare needs GitHub.
 * @example
 * const { train, validation } = await loadCorpus("moby-dick");
 */
export function loadCorpus(name: CorpusName, options: CorpusOptions = {}): Promise<Corpus> {
  if (Object.hasOwn(loaders, name)) return loaders[name](options);
  throw new ArgumentError(`no corpus is called "${name}"`, { hint: `known: ${Object.keys(loaders).join(", ")}` });
}

function cutAtNineTenths(text: string): Corpus {
  const place = Math.floor(text.length * 0.9);
  return { train: text.slice(0, place), validation: text.slice(place) };
}

function splitPoems(poems: readonly Poem[]): Corpus {
  const kept = poems.filter((_, index) => index % 10 !== 9);
  const known = new Set(kept.flatMap(({ text }) => text.split("\n")));
  const others = poems.filter(({ text }, index) => index % 10 === 9 && !text.split("\n").some((couplet) => known.has(couplet)));
  const joined = (part: readonly Poem[]): string => part.map(({ text }) => `${text}\n\n`).join("");
  return { train: joined(kept), validation: joined(others) };
}
