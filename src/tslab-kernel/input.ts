/** Questions to the reader: input_request on the stdin channel, answered by input_reply. */
import { type Cell, owner } from "./cell.ts";
import { Interruption } from "./gate.ts";
import { Promise } from "./intrinsics.ts";
import type { Link } from "./link.ts";
import { type Message, textOf } from "./wire.ts";

interface Question {
  resolve: (answer: string) => void;
  reject: (error: Error) => void;
}

export class Inputs {
  readonly #link: Link;
  readonly #questions: Question[] = [];

  constructor(link: Link) {
    this.#link = link;
  }

  /** `await input("Name? ")`: other code of the cell goes on meanwhile. */
  input = async (prompt: unknown = "", { password = false }: { password?: boolean } = {}): Promise<string> => {
    const cell = asker("input", prompt);
    return new Promise((resolve, reject) => {
      this.#questions.push({ resolve, reject });
      this.#link.requestInput(cell.request, { prompt: String(prompt), password });
    });
  };

  /** As browsers and Deno have it: the cell stands still until the answer is there. */
  prompt = (message: unknown = "", initial: unknown = ""): string => {
    const answer = this.#wait("prompt", initial === "" ? message : `${String(message)} [${String(initial)}]`);
    return answer === "" ? String(initial) : answer;
  };

  confirm = (message: unknown = ""): boolean => /^y(es)?$/i.test(this.#wait("confirm", `${String(message)} [y/N]`).trim());

  answer(message: Message): void {
    this.#questions.shift()?.resolve(textOf(message.content, "value"));
  }

  cancel(): void {
    for (const { reject } of this.#questions.splice(0)) reject(new Interruption());
  }

  #wait(what: string, prompt: unknown): string {
    const reply = this.#link.waitForInput(asker(what, prompt).request, { prompt: `${String(prompt)} `, password: false });
    if (!reply) throw new Interruption();
    return textOf(reply.content, "value");
  }
}

/** @throws {Error} There is nobody who could answer. */
function asker(what: string, prompt: unknown): Cell {
  const cell = owner.getStore();
  if (!cell || cell.answered) throw new Error(`${what}: only the running cell can ask`);
  if (!cell.allowStdin) {
    throw new Error(
      `${what}: nobody is there to answer "${String(prompt)}"\n  hint: run the notebook in JupyterLab (cairn lab), or pass the value as a parameter`,
    );
  }
  return cell;
}
