export { loadCorpus, type Corpus, type CorpusName, type CorpusOptions } from "./corpus.ts";
export { datasetPath, loadCatalogue, loadHandbook, loadRequests, loadTickets } from "./course-sets.ts";
export type { AssistantAnswer, AssistantRequest, AssistantRequests, AssistantTool } from "./course-sets.ts";
export type { Catalogue, Handbook, PurchaseHistory, Language, Passage, Product, Question, QuestionKind, Ticket } from "./course-sets.ts";
export { readCsv, type CsvOptions } from "./csv.ts";
export { loadDictionary, meaningsOf, type DictionaryEntry } from "./dictionary.ts";
export { loadDataset, type Datasets } from "./load.ts";
export { readJson, readJsonLines, readText, toDataFrame, type FieldKind } from "./read.ts";
export { loadEnglish, loadPoems, loadTinyShakespeare, type Chapter, type Poem, type PoemOptions } from "./texts.ts";
