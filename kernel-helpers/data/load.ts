/** Every data set of the course by its name. */
import { checkChoice } from "../runtime/check.ts";
import { loadCatalogue, loadHandbook, loadRequests, loadSimilarity, loadTickets } from "./course-sets.ts";
import type { AssistantRequests, Catalogue, Handbook, SimilarityPair, Ticket } from "./course-sets.ts";
import { loadDictionary, type DictionaryEntry } from "./dictionary.ts";
import { loadEnglish, loadPoems, loadTinyShakespeare, type Chapter, type Poem } from "./texts.ts";
import { loadRhymes, type Rhymes } from "./rhymes.ts";

export interface Datasets {
  catalogue: Catalogue;
  "cc-cedict": DictionaryEntry[];
  handbook: Handbook;
  "moby-dick": Chapter[];
  pingshui: Rhymes;
  poems: Poem[];
  requests: AssistantRequests;
  similarity: SimilarityPair[];
  tickets: Ticket[];
  "tiny-shakespeare": string;
}

const loaders: { [Name in keyof Datasets]: () => Promise<Datasets[Name]> } = {
  catalogue: () => loadCatalogue(),
  "cc-cedict": () => loadDictionary(),
  handbook: () => loadHandbook(),
  "moby-dick": () => loadEnglish(),
  pingshui: () => loadRhymes(),
  poems: () => loadPoems(),
  requests: () => loadRequests(),
  similarity: () => loadSimilarity(),
  tickets: () => loadTickets(),
  "tiny-shakespeare": () => loadTinyShakespeare(),
};

/**
 * A data set with its types.
 *
 * @throws {ArgumentError} Another name.
 */
export async function loadDataset<Name extends keyof Datasets>(name: Name): Promise<Datasets[Name]> {
  return loaders[checkChoice("name", name, Object.keys(loaders) as Name[])]();
}
