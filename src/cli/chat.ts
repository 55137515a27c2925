/** `cairn chat`: a conversation with a small language model, in a process of the library's. */
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { runLibrary } from "./library.ts";

export const summary = "talk with a language model that runs on this machine";

export const help: string = `Usage: cairn chat [MODEL]

MODEL is a name of the manifest (SmolLM2-135M-Instruct when it is left out, 98 MB, fetched at first use) or the path of a .gguf file.

Ctrl-C ends an answer and not the program; Ctrl-D leaves. /system TEXT starts over with a system message, /save FILE writes the
conversation, /help lists all commands.`;

export function run(argv: string[]): Promise<number> {
  const { positionals } = parseArgs({ args: argv, allowPositionals: true });
  if (positionals.length > 1) throw new InputError(`one model, not ${positionals.length}`, { hint: "cairn chat [MODEL]" });
  return runLibrary("llm", "chat-cli.js", positionals);
}
