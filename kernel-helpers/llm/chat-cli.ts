/**
 * `node chat-cli.js [model] [device]`: a conversation in the terminal, for `cairn chat`. Answers stream. Ctrl-C ends an answer; where there is none it clears the line, and
 * a second one leaves. Where the input is not a terminal there are no prompts, no colours and no figures: only answers.
 */
import { homedir } from "node:os";
import path from "node:path";
import { createInterface, type Interface } from "node:readline/promises";
import { styleText } from "node:util";
import { HelperError, InterruptedError } from "../errors.ts";
import type { Device } from "../onnx/index.ts";
import { replaceFile } from "../runtime/files.ts";
import { Conversation, type Answer } from "./conversation.ts";
import { LanguageModel } from "./language-model.ts";

const defaultModel = "SmolLM2-135M-Instruct";
const maxNewTokens = 1024;

const help = `/system TEXT   starts over, with TEXT as the system message
/reset         starts over
/save FILE     writes the conversation as JSON
/help          this list
/exit          leaves, as Ctrl-D does
"""            begins and ends a message of several lines
Ctrl-C ends an answer that is coming.`;

const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
const dim = (text: string): string => (isTerminal && !process.env["NO_COLOR"] ? styleText("dim", text) : text);

async function chat(name: string, device: Device | "auto"): Promise<void> {
  const loading = `loading ${name} …`;
  if (process.stderr.isTTY) process.stderr.write(loading);
  await using model = await LanguageModel.load(name, { device });
  if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
  if (isTerminal) console.log(`${describe(model)}\n${dim("/help lists the commands, Ctrl-D leaves")}`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout, terminal: isTerminal });
  const talk = new Talk(terminal, model);
  terminal.on("SIGINT", () => talk.interrupt());
  process.on("SIGINT", () => talk.interrupt()); // where the terminal is none
  talk.prompt();
  for await (const line of terminal) {
    if (!(await talk.read(line))) break;
    talk.prompt();
  }
  terminal.close();
}

function describe(model: LanguageModel): string {
  const { contextLength, architecture } = model.config;
  const place = model.device === "cpu" ? "" : `, on ${model.device}`;
  const about = `${model.name}: ${architecture}, looks back on ${contextLength.toLocaleString("en")} tokens${place}`;
  return model.chatTemplate ? about : `${about}; not tuned for conversation, so it goes on with what you write`;
}

class Talk {
  readonly #terminal: Interface;
  readonly #conversation: Conversation;
  #answering: AbortController | undefined;
  /** The lines of a message within """. */
  #lines: string[] | undefined;
  /** Whether Ctrl-C was the last key. */
  #isLeaving = false;

  constructor(terminal: Interface, model: LanguageModel) {
    this.#terminal = terminal;
    this.#conversation = new Conversation(model, maxNewTokens);
  }

  prompt(): void {
    if (!isTerminal) return;
    this.#terminal.setPrompt(this.#lines ? "… " : "> ");
    this.#terminal.prompt();
  }

  interrupt(): void {
    if (this.#answering) return this.#answering.abort();
    if (!isTerminal || this.#isLeaving) return this.#terminal.close();
    if (this.#terminal.line !== "") {
      this.#terminal.write(null, { ctrl: true, name: "e" }); // to the end of the line
      this.#terminal.write(null, { ctrl: true, name: "u" }); // clears up to there, and draws
      if (!this.#lines) return;
    }
    this.#isLeaving = !this.#lines;
    this.#lines = undefined;
    console.log(this.#isLeaving ? `\n${dim("Ctrl-C again, or Ctrl-D, leaves")}` : "");
    this.prompt();
  }

  /** Returns whether the conversation goes on. */
  async read(line: string): Promise<boolean> {
    this.#isLeaving = false;
    const message = this.#messageOf(line);
    if (message === undefined) return true;
    const [, command, rest = ""] = /^(\/\w*)(?:\s+(.*))?$/.exec(message.trim()) ?? [];
    if (command === "/exit") return false;
    if (command !== undefined) this.#obey(command, rest.trim());
    else if (message.trim() !== "") await this.#answer(message);
    return true;
  }

  /** undefined while more lines are to come. */
  #messageOf(line: string): string | undefined {
    const fence = '"""';
    if (!this.#lines) {
      const [, first] = line.split(fence, 2);
      if (!line.startsWith(fence) || first === undefined) return line;
      if (line.length > fence.length && line.endsWith(fence)) return first;
      this.#lines = first === "" ? [] : [first];
      return undefined;
    }
    const isLast = line.endsWith(fence);
    const text = isLast ? line.slice(0, -fence.length) : line;
    if (text !== "" || !isLast) this.#lines.push(text);
    if (!isLast) return undefined;
    const message = this.#lines.join("\n");
    this.#lines = undefined;
    return message;
  }

  #obey(command: string, argument: string): void {
    if (command === "/help") console.log(help);
    else if (command === "/reset") {
      this.#conversation.reset();
      console.log(dim("the conversation starts over"));
    } else if (command === "/system" && argument === "") console.log("/system needs a text");
    else if (command === "/system") {
      this.#conversation.reset(argument);
      console.log(dim("the conversation starts over, with this system message"));
    } else if (command === "/save") this.#save(argument);
    else console.log(`there is no command ${command}\n${help}`);
  }

  async #answer(question: string): Promise<void> {
    this.#answering = new AbortController();
    try {
      const answer = await this.#conversation.ask(question, this.#answering.signal, (text) => void process.stdout.write(text));
      process.stdout.write(answer.reason === "interrupted" ? " [interrupted]\n" : "\n");
      if (answer.reason === "length") console.log(dim(`[cut off after ${answer.newTokens} tokens]`));
      if (answer.forgotten > 0)
        console.log(dim(`[the first ${answer.forgotten} messages are forgotten: the conversation has become too long]`));
      if (isTerminal && answer.newTokens > 0) console.log(dim(figures(answer)));
    } catch (error) {
      if (!HelperError.is(error)) throw error;
      console.log(error.message);
    } finally {
      this.#answering = undefined;
    }
  }

  #save(file: string): void {
    if (file === "") return console.log("/save needs the name of a file");
    const place = file.replace(/^~(?=$|[\\/])/, homedir());
    const { messages } = this.#conversation;
    try {
      replaceFile(place, `${JSON.stringify(messages, undefined, 2)}\n`);
      console.log(`${path.resolve(place)} holds the conversation (${messages.length} ${messages.length === 1 ? "message" : "messages"})`);
    } catch (error) {
      if (!HelperError.is(error)) throw error;
      console.log(error.message);
    }
  }
}

function figures({ newTokens, waitedSeconds, seconds }: Answer): string {
  const first = `the first after ${waitedSeconds.toFixed(1)} s`;
  return newTokens === 1
    ? `1 token after ${waitedSeconds.toFixed(1)} s`
    : `${newTokens} tokens, ${first}, then ${((newTokens - 1) / seconds).toFixed(1)} a second`;
}

try {
  await chat(process.argv[2] || defaultModel, (process.argv[3] ?? "cpu") as Device | "auto");
  if (isTerminal) console.log();
} catch (error) {
  if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
  console.error(HelperError.is(error) ? error.message : error);
  process.exitCode = error instanceof InterruptedError ? 130 : 1;
}
