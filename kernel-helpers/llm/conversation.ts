/** A conversation with a model: what was said, kept within what the model can look back on. */
import type { Message } from "./chat-model.ts";
import type { LanguageModel } from "./language-model.ts";

/** Livelier than the likeliest words; and small models run in circles less. */
const sampling = { temperature: 0.7, topP: 0.9, repetitionPenalty: 1.05 };

export interface Answer {
  text: string;
  /** `length`: cut off. */
  reason: "stop" | "length" | "interrupted";
  newTokens: number;
  /** Until the first text, and from there to the end. */
  waitedSeconds: number;
  seconds: number;
  /** Messages at the beginning that were left out, for all of them were too long. */
  forgotten: number;
}

export class Conversation {
  readonly #model: LanguageModel;
  readonly #maxNewTokens: number;
  #messages: Message[] = [];

  constructor(model: LanguageModel, maxNewTokens: number) {
    this.#model = model;
    this.#maxNewTokens = maxNewTokens;
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Begins anew, with a system message or none. */
  reset(system?: string): void {
    this.#messages = system === undefined ? [] : [{ role: "system", content: system }];
  }

  /**
   * Asks, and hands the answer over as it comes. An answer that is interrupted counts as far as it came; a question without an answer is not part of the
   * conversation, for it would stop all that follow.
   */
  async ask(question: string, signal: AbortSignal, onText: (text: string) => void): Promise<Answer> {
    const said: Message[] = [...this.#messages, { role: "user", content: question }];
    const forgotten = this.#tooMany(said);
    const isSystem = said[0]!.role === "system" ? 1 : 0;
    said.splice(isSystem, forgotten);
    const answer: Answer = { text: "", reason: "interrupted", newTokens: 0, waitedSeconds: 0, seconds: 0, forgotten };
    let begun = performance.now();
    try {
      for await (const part of this.#answers(said, question, signal)) {
        if (part.type === "text") {
          if (answer.text === "") {
            answer.waitedSeconds = (performance.now() - begun) / 1000;
            begun = performance.now();
          }
          answer.text += part.text;
          onText(part.text);
        } else if (part.type === "finish") {
          answer.reason = part.reason;
          answer.newTokens = part.usage.newTokens;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    answer.seconds = (performance.now() - begun) / 1000;
    if (answer.text !== "") this.#messages = [...said, { role: "assistant", content: answer.text }];
    return answer;
  }

  /** A model that was not tuned for conversation goes on with the text. */
  #answers(said: readonly Message[], question: string, signal: AbortSignal): ReturnType<LanguageModel["chat"]> {
    const options = { ...sampling, maxNewTokens: this.#maxNewTokens, signal };
    return this.#model.chatTemplate ? this.#model.chat(said, options) : this.#model.generate(question, options);
  }

  /** How many messages after the system's have to go, a question and its answer at a time, so that there is room for an answer. The last one stays. */
  #tooMany(said: readonly Message[]): number {
    const { chatTemplate, tokenizer, config } = this.#model;
    if (!chatTemplate) return 0;
    const first = said[0]!.role === "system" ? 1 : 0;
    const room = config.contextLength - Math.min(this.#maxNewTokens, config.contextLength / 4);
    let gone = 0;
    while (first + gone + 2 < said.length && chatTemplate.encode(said.toSpliced(first, gone), tokenizer).length > room) gone += 2;
    return gone;
  }
}
