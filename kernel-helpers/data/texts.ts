/** Large texts for tokenizers and language models, fetched through the manifest at first use. */
import { fetchDataset, type FetchOptions } from "../models/index.ts";
import { checkChoice, checkInteger, checkOptions } from "../runtime/check.ts";
import { readJson, readText } from "./read.ts";

export interface Poem {
  id: string;
  title: string;
  author: string;
  /** One couplet per line, in traditional characters. */
  text: string;
  /** Form and theme, for the three hundred. */
  tags: string[];
}

export interface PoemOptions extends FetchOptions {
  /** Tang poems: all 57,607, or the anthology of the three hundred best known. @default "all" */
  collection?: "all" | "three-hundred";
  /** How many to take at most, from the beginning. @default all */
  limit?: number;
}

export interface Chapter {
  title: string;
  text: string;
}

interface PoemFile {
  id: string;
  title: string;
  author: string;
  paragraphs: string[];
  tags?: string[];
}

/** Poems of the Tang dynasty, in the order of the Complete Tang Poems (全唐詩). Poems of which no line survives are left out. */
export async function loadPoems(options: PoemOptions = {}): Promise<Poem[]> {
  checkOptions("options", options, ["collection", "limit", "signal", "onProgress"]);
  const { collection = "all", limit = Infinity, ...fetchOptions } = options;
  checkChoice("collection", collection, ["all", "three-hundred"]);
  if (limit !== Infinity) checkInteger("limit", limit, { min: 0 });
  const { files } = await fetchDataset("poems", fetchOptions);
  const names = Object.keys(files).filter((name) => (name === "three-hundred.json") === (collection === "three-hundred"));
  const poems: Poem[] = [];
  for (const name of names) {
    if (poems.length >= limit) break;
    for (const { id, title, author, paragraphs, tags = [] } of (await readJson(files[name]!)) as PoemFile[]) {
      const text = paragraphs.join("\n");
      if (text !== "") poems.push({ id, title, author, text, tags });
    }
  }
  return poems.slice(0, limit);
}

/** Herman Melville's Moby-Dick (1851), chapter by chapter: 1.2 MB of English prose. */
export async function loadEnglish(options: FetchOptions = {}): Promise<Chapter[]> {
  const { files } = await fetchDataset("moby-dick", options);
  const chapters = await Promise.all(Object.values(files).map((file) => readJson(file)));
  return (chapters as Chapter[]).map(({ title, text }) => ({ title, text }));
}

/**
 * Tiny Shakespeare, 1.1 MB of plays in 65 characters: the text that char-rnn and nanoGPT publish their figures on. No package registry
 * has it, so it needs GitHub, or a copy of input.txt in the folder that the error names.
 */
export async function loadTinyShakespeare(options: FetchOptions = {}): Promise<string> {
  const { files } = await fetchDataset("tiny-shakespeare", options);
  return readText(files["input.txt"]!);
}
