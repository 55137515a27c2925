/** `cairn chat`: a conversation with a small language model, in a process of the library's. */
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { runLibrary } from "./library.ts";

export const summary = "talk with a language model that runs on this machine";

export const help: string = `Usage: cairn chat [MODEL] [--device DEVICE]

MODEL is one of
  a name of the list that cairn models shows: SmolLM2-135M-Instruct (98 MB, English; taken when MODEL is left out),
      Qwen2.5-Coder-0.5B-Instruct (491 MB, Chinese, English and code)
  a model on Hugging Face's hub: owner/name, owner/name:Q4_K_M, owner/name/file.gguf
  the path of a .gguf file, or of a folder with config.json, tokenizer.json and safetensors
What is not here yet is fetched once.

  --device DEVICE     cpu where it is left out; cuda, webgpu; auto takes the fastest that works. cairn gpu sets a GPU up

Ctrl-C ends an answer and not the program; Ctrl-D leaves. /system TEXT starts over with a system message, /reset without one, /save FILE writes
the conversation, """ begins and ends a message of several lines, /help lists all commands.

With a pipe or a file as input each line is a question, and only answers are printed:
  echo "What is a tokenizer?" | cairn chat

Exit code: 0, 1 when the model cannot be had, 2 wrong usage, 130 interrupted while it loads.`;

export function run(argv: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args: argv, allowPositionals: true, options: { device: { type: "string" } } });
  if (positionals.length > 1)
    throw new InputError(`one model, not ${positionals.length}`, { hint: "cairn chat [MODEL] [--device DEVICE]" });
  return runLibrary("llm", "chat-cli.js", values.device === undefined ? positionals : [positionals[0] ?? "", values.device]);
}
