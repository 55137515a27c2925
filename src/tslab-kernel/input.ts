/** Questions to the reader: input_request on the stdin channel, answered by input_reply. */
import { owner } from "./cell.ts";
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

  /** What a cell calls; rejects where nobody can answer. */
  async ask(prompt = "", { password = false }: { password?: boolean } = {}): Promise<string> {
    const cell = owner.getStore();
    if (!cell || cell.answered) throw new Error("input: only the running cell can ask");
    if (!cell.allowStdin) {
      throw new Error(
        `input: nobody is there to answer "${prompt}"\n  hint: run the notebook in JupyterLab (cairn lab), or pass the value as a parameter`,
      );
    }
    return new Promise((resolve, reject) => {
      this.#questions.push({ resolve, reject });
      this.#link.requestInput(cell.request, { prompt, password });
    });
  }

  answer(message: Message): void {
    this.#questions.shift()?.resolve(textOf(message.content, "value"));
  }

  cancel(): void {
    for (const { reject } of this.#questions.splice(0)) reject(new Error("input: the cell was interrupted"));
  }
}
