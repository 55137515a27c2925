/**
 * An index of a folder as the folder grows: processor time to make it, to bring it up to date when one document has changed, to open it and to ask, by keywords alone and with
 * all-MiniLM-L6-v2. The documents are paragraphs of Moby Dick, some 1,000 characters each. `npx tsx bench/programs/growth/documents.ts 100 300 1000 > docs/growth/documents.csv`
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadEnglish } from "../../../kernel-helpers/data/index.ts";
import { SentenceEncoder } from "../../../kernel-helpers/embeddings/index.ts";
import { indexFolder, openIndex } from "../../../kernel-helpers/rag/index.ts";
import { printRow, timed } from "./measure.ts";

const length = 1000;
const questions = ["Who is the captain of the Pequod?", "How is a whale's oil tried out?", "What does the white of the whale mean?"];
const book = (await loadEnglish()).map(({ text }) => text).join("\n\n");
using encoder = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu" });

/** The book again and again, each time cut elsewhere, so that no two documents are the same. */
function documentAt(index: number): string {
  const perRound = Math.floor(book.length / length) - 1;
  const start = (index % perRound) * length + ((Math.floor(index / perRound) * 37) % length);
  return `# Part ${index}\n\n${book.slice(start, start + length)}\n`;
}

printRow(["documents", "search", "chunks", "made in s", "brought up to date in s", "opened in s", "query ms"]);
for (const count of process.argv.slice(2).map(Number)) {
  for (const way of ["keywords", "keywords and vectors"]) {
    const folder = mkdtempSync(path.join(tmpdir(), "cairn-documents-"));
    mkdirSync(path.join(folder, "texts"));
    const fileAt = (index: number): string => path.join(folder, "texts", `${index}.md`);
    for (let index = 0; index < count; index++) writeFileSync(fileAt(index), documentAt(index));
    const options = way === "keywords" ? {} : { encoder };
    const made = await timed(() => indexFolder(folder, options));
    await made.result.close();
    appendFileSync(fileAt(0), "A sentence more.\n");
    const updated = await timed(() => indexFolder(folder, options));
    await updated.result.close();
    const opened = await timed(() => openIndex(folder, options));
    const index = opened.result;
    const times: number[] = [];
    for (let round = 0; round < 15; round++) {
      const { cpu } = await timed(() => index.retrieve(questions[round % questions.length]!));
      times.push(1000 * cpu);
    }
    const median = times.sort((one, other) => one - other)[7]!;
    printRow([count, way, index.chunks.length, made.cpu, updated.cpu, opened.cpu, median]);
    await index.close();
    rmSync(folder, { recursive: true });
  }
}
