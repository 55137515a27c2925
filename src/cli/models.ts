/** `cairn models`: what there is of models and data, in a process of the library's. */
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { runLibrary } from "./library.ts";

export const summary = "list, fetch and remove models and data sets";

export const help: string = `Usage: cairn models [list]
       cairn models fetch NAME…
       cairn models remove NAME…

Without a word after it, or with list: the models and data sets of the course, how large they are, their licences, and what of them is in the cache.

  fetch NAME…    fetches what is not in the cache yet; broken off, the next call goes on where it stopped
  remove NAME…   takes it out of the cache

NAME is a name of the list, or of a model on Hugging Face's hub: owner/name, owner/name:Q4_K_M for one quantisation of a repository of GGUF files,
owner/name/file.gguf for one file. HF_ENDPOINT names a mirror of the hub, HF_TOKEN opens repositories that are private or gated.

Exit code: 0, 1 when something cannot be fetched, 2 wrong usage or an unknown name, 130 interrupted.`;

const actions = ["list", "fetch", "remove"];

export function run(argv: string[]): Promise<number> {
  const { positionals } = parseArgs({ args: argv, allowPositionals: true });
  const [action = "list"] = positionals;
  if (!actions.includes(action)) {
    throw new InputError(`there is no "cairn models ${action}"`, {
      hint: `there are ${actions.join(", ")}; cairn models fetch ${action} fetches what has that name`,
    });
  }
  return runLibrary("models", "models-cli.js", positionals);
}
