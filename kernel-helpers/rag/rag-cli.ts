/**
 * `node rag-cli.js index DIR OPTIONS` and `node rag-cli.js ask QUESTION OPTIONS`, for `cairn index` and `cairn ask`, which have read the command line: OPTIONS is
 * JSON. Exit code: 0, 1 when something cannot be had or done, 3 when the documents do not answer, 130 interrupted.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { styleText } from "node:util";
import { HelperError, InterruptedError, UnavailableError } from "../errors.ts";
import { LanguageModel, openAiCompatible, type ChatModel } from "../llm/index.ts";
import { defaultBudget, defaultEncoder, defaultModel, defaultTopK, loadEncoder } from "./defaults.ts";
import { indexFolder, openIndex, type FolderIndex, type IndexChanges } from "./folder/index-folder.ts";
import { indexFolderName, StoredIndex } from "./folder/stored.ts";
import { streamAnswer, type Answer } from "./generation/answer.ts";

interface IndexCommand {
  encoder?: string;
}

interface AskCommand {
  model?: string;
  url?: string;
  dir?: string;
  k?: number;
  sources?: boolean;
  json?: boolean;
}

const isTerminal = process.stdout.isTTY;
const dim = (text: string): string => (isTerminal && !process.env["NO_COLOR"] ? styleText("dim", text) : text);
const plural = (count: number, one: string): string => `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;

/** On a terminal, what is under way; it goes when the work is done. */
async function saying<T>(what: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work;
  process.stderr.write(what);
  try {
    return await work;
  } finally {
    process.stderr.write("\r\u001B[K");
  }
}

async function index(folder: string, { encoder: name = defaultEncoder }: IndexCommand): Promise<void> {
  await using encoder = name === "none" ? undefined : await saying(`loading ${name} …`, loadEncoder(name));
  await using made = await indexFolder(folder, encoder && { encoder });
  const { changes } = made;
  if (!changes) return;
  for (const line of describe(changes)) console.log(line);
  console.log(
    `${plural(made.documents, "document")}, ${plural(made.chunks.length, "chunk")}, searched by ${made.encoder ? `words and by ${made.encoder}` : "words"}`,
  );
  if (made.documents === 0) console.log("nothing to search: .md, .html, .pdf and .txt files are what is read");
  else console.log(dim(`the index is ${path.join(made.folder, indexFolderName)}; ask: npx cairn ask "…" --dir ${folder}`));
}

function describe({ added, changed, renamed, deleted, unchanged, skipped }: IndexChanges): string[] {
  const counts = [
    [added.length, "added"],
    [changed.length, "changed"],
    [renamed.length, "renamed"],
    [deleted.length, "deleted"],
    [unchanged, "unchanged"],
  ] as const;
  const most = 10;
  const more = skipped.length > most ? [`  … and ${skipped.length - most} more`] : [];
  return [
    counts
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${count.toLocaleString("en")} ${what}`)
      .join(", ") || "no documents",
    ...(skipped.length > 0 ? [`${plural(skipped.length, "file")} left out:`] : []),
    ...skipped.slice(0, most).map(({ path: at, reason }) => `  ${at}: ${reason}`),
    ...more,
  ];
}

/** The nearest folder with an index, from here upwards. */
function findIndex(): string {
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, indexFolderName, "index.json"))) return folder;
    if (folder === path.dirname(folder)) break;
  }
  throw new UnavailableError(`neither ${process.cwd()} nor a folder above it has an index`, {
    hint: "make one first: npx cairn index DIR, and then ask in that folder, or with --dir DIR",
    facts: { folder: process.cwd(), reason: "no index" },
  });
}

async function loadModel({ model = defaultModel, url }: AskCommand): Promise<ChatModel & Partial<AsyncDisposable>> {
  const apiKey = process.env["OPENAI_API_KEY"];
  if (url !== undefined) return openAiCompatible({ baseUrl: url, model, ...(apiKey && { apiKey }) });
  return saying(`loading ${model} …`, LanguageModel.load(model));
}

async function ask(question: string, options: AskCommand): Promise<void> {
  const folder = options.dir ?? findIndex();
  const name = new StoredIndex(path.resolve(folder)).readList()?.settings.encoder;
  await using encoder = name ? await loadEncoder(name) : undefined;
  await using retriever: FolderIndex = await openIndex(folder, encoder && { encoder });
  const model = await loadModel(options);
  try {
    let answer: Answer | undefined;
    const asked = { retriever, model, topK: options.k ?? defaultTopK, budget: defaultBudget };
    for await (const part of streamAnswer(question, asked)) {
      if (part.type === "text" && isTerminal && !options.json) process.stdout.write(part.text);
      if (part.type === "answer") answer = part.answer;
    }
    if (answer) print(answer, options);
  } finally {
    await model[Symbol.asyncDispose]?.();
  }
}

function print(answer: Answer, { sources, json }: AskCommand): void {
  const { text, citations, found, abstained, trace } = answer;
  if (abstained) process.exitCode = 3;
  if (json) {
    const { reply, seconds, usage } = trace;
    const shown = found.map(({ chunk: { document, start, end, text: quote }, score, relevance }) => ({
      document: document.id,
      start,
      end,
      text: quote,
      score,
      relevance,
    }));
    console.log(
      JSON.stringify(
        { text, abstained: abstained ?? null, confidence: answer.confidence, citations, found: shown, reply, seconds, usage },
        undefined,
        2,
      ),
    );
    return;
  }
  // what streamed is the model's own text; where it is not what was made of it, that is said as well
  if (!isTerminal || trace.reply.trim() !== text) console.log(isTerminal && trace.reply !== "" ? `\n${text}` : text);
  else console.log();
  for (const { place, quote } of citations) console.log(`  ${place}  ${dim(`“${quote.replace(/\s+/g, " ")}”`)}`);
  if (!abstained && citations.length === 0) console.log(dim("  no sentence of the documents bears this out: check it yourself"));
  if (sources || (!abstained && citations.length === 0)) {
    console.log(dim("looked at:"));
    for (const { number, chunk } of trace.prompt?.sources ?? []) {
      const begin = chunk.text.replace(/\s+/g, " ").slice(0, 80);
      console.log(dim(`  [${number}] ${chunk.document.id}: ${begin}${chunk.text.length > 80 ? "…" : ""}`));
    }
  }
}

// work that can be stopped listens for itself; loading cannot, and nothing is lost
process.on("SIGINT", () => {
  if (process.listenerCount("SIGINT") === 1) process.exit(130);
});

const [command, what, options = "{}"] = process.argv.slice(2);
try {
  const given = JSON.parse(options) as IndexCommand & AskCommand;
  if (command === "index") await index(what ?? ".", given);
  else await ask(what ?? "", given);
} catch (error) {
  if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
  console.error(HelperError.is(error) ? error.message : error);
  process.exitCode = error instanceof InterruptedError ? 130 : 1;
}
