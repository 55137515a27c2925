/** `cairn ask`: a question answered from one's own documents, in a process of the library's. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { runLibrary } from "./library.ts";

export const summary = "answer a question from your documents, with citations";

export const help: string = `Usage: cairn ask "QUESTION" [--dir DIR] [--model NAME] [--k N] [--sources] [--json]

Finds the passages that the question is about in an index that cairn index made, has a language model answer from them, and shows where the answer stands: file,
line or page, and the sentence. What is shown as a quotation stands in the file, word for word; where no sentence bears the answer out, that is said.

  --dir DIR      the folder that was indexed; without it, the nearest one from here upwards
  --model NAME   as for cairn chat; Qwen2.5-Coder-0.5B-Instruct (491 MB, Chinese and English) where it is left out
  --url URL      a server that speaks OpenAI's protocol, such as http://localhost:8080/v1: the model is NAME there, and OPENAI_API_KEY, if set, is sent.
                 The question and the passages found then go to that server
  --k N          how many passages the model reads, 4 where it is left out
  --sources      also shows the passages that were looked at
  --json         prints the answer with everything behind it: citations with offsets, passages with scores, times

A model of half a gigabyte reads well and reasons badly: ask for facts. Look at the citations before you rely on an answer. Instructions that hide in documents
are kept from the model as far as they are recognised.

Examples:
  cairn ask "How long is the notice period?"
  cairn ask "报销多久内要提交？" --dir ~/handbook --sources

Exit code: 0, 1 when there is no index or the model cannot be had, 2 wrong usage, 3 the documents do not answer, 130 interrupted.`;

export function run(argv: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      dir: { type: "string" },
      model: { type: "string" },
      url: { type: "string" },
      k: { type: "string" },
      sources: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const question = positionals.join(" ").trim();
  if (question === "") throw new InputError("the question is missing", { hint: 'cairn ask "How long is the notice period?"' });
  const k = values.k === undefined ? undefined : Number(values.k);
  if (k !== undefined && !(Number.isInteger(k) && k >= 1 && k <= 100))
    throw new InputError(`--k must be a whole number from 1 to 100, got "${values.k}"`, { hint: "--k 4 is usual" });
  if (values.url !== undefined && values.model === undefined)
    throw new InputError("--url needs --model", { hint: "--model NAME: what the server calls its model" });
  const dir = values.dir === undefined ? undefined : resolve(values.dir);
  return runLibrary("rag", "rag-cli.js", ["ask", question, JSON.stringify({ ...values, dir, k })]);
}
