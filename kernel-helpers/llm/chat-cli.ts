/**
 * `node chat-cli.js [model]`: a conversation in the terminal, for `cairn chat`. Answers stream; Ctrl-C ends an answer, and where there is none,
 * the program.
 */
import { createInterface } from "node:readline/promises";
import { HelperError } from "../errors.ts";
import { replaceFile } from "../runtime/files.ts";
import type { Message } from "./chat-model.ts";
import { LanguageModel } from "./language-model.ts";

const help = `/system TEXT   starts over, with TEXT as the system message
/clear         starts over
/save FILE     writes the conversation as JSON
/help          this list
/exit          leaves, as Ctrl-D does`;

async function chat(name: string): Promise<void> {
  process.stderr.write(`loading ${name} …`);
  await using model = await LanguageModel.load(name);
  process.stderr.write(`\r${String(model)}\n/help lists the commands\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY });
  let messages: Message[] = [];
  let answering: AbortController | undefined;
  const interrupt = (): void => (answering ? answering.abort() : terminal.close());
  terminal.on("SIGINT", interrupt);
  process.on("SIGINT", interrupt); // where the terminal is none, or reads nothing just now
  terminal.setPrompt("> ");
  terminal.prompt();
  for await (const line of terminal) {
    const [command, ...rest] = line.trim().split(" ");
    const argument = rest.join(" ");
    if (command === "/exit") break;
    else if (command === "/help") console.log(help);
    else if (command === "/clear") messages = [];
    else if (command === "/system" && argument === "") console.log("/system needs a text");
    else if (command === "/system") messages = [{ role: "system", content: argument }];
    else if (command === "/save") save(argument, messages);
    else if (command?.startsWith("/")) console.log(`there is no command ${command}\n${help}`);
    else if (line.trim() !== "") {
      answering = new AbortController();
      const asked: Message[] = [...messages, { role: "user", content: line }];
      const text = await answer(model, asked, answering.signal);
      if (text !== "") messages = [...asked, { role: "assistant", content: text }]; // a question that cannot be answered would stop all that follow
      answering = undefined;
    }
    terminal.prompt();
  }
  terminal.close();
}

/** Prints the answer as it comes, and returns it; as much as there was when it is interrupted or fails. */
async function answer(model: LanguageModel, messages: readonly Message[], signal: AbortSignal): Promise<string> {
  let text = "";
  try {
    for await (const part of model.chat(messages, { temperature: 0.7, topP: 0.9, maxNewTokens: 1024, signal })) {
      if (part.type !== "text") continue;
      text += part.text;
      process.stdout.write(part.text);
    }
    process.stdout.write("\n");
  } catch (error) {
    if (!signal.aborted && !HelperError.is(error)) throw error;
    process.stdout.write(signal.aborted ? " [interrupted]\n" : `\n${(error as Error).message}\n`);
  }
  return text;
}

function save(file: string, messages: readonly Message[]): void {
  if (file === "") return console.log("/save needs the name of a file");
  try {
    replaceFile(file, `${JSON.stringify(messages, undefined, 2)}\n`);
    console.log(`${file} holds the conversation (${messages.length} ${messages.length === 1 ? "message" : "messages"})`);
  } catch (error) {
    console.log((error as Error).message);
  }
}

try {
  await chat(process.argv[2] ?? "SmolLM2-135M-Instruct");
} catch (error) {
  console.error(HelperError.is(error) ? `\n${error.message}` : error);
  process.exitCode = 1;
}
