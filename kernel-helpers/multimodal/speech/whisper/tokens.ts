/** Whisper's vocabulary: text as GPT-2 has it, then tokens that say what is wanted, then times. */
import { BpeTokenizer } from "../../../tokenizer/index.ts";
import { FormatError } from "../../../errors.ts";
import { checkChoice } from "../../../runtime/check.ts";

/** Seconds from one time token to the next. */
export const timeStep = 0.02;

export type SpeechTask = "transcribe" | "translate";

export class WhisperTokens {
  readonly endOfText: number;
  readonly startOfTranscript: number;
  readonly startOfPrevious: number;
  readonly noSpeech: number;
  readonly noTimestamps: number;
  /** Id of the time 0.00. */
  readonly firstTime: number;
  /** Codes such as "en" → ids. */
  readonly languages: ReadonlyMap<string, number>;
  readonly #tokenizer: BpeTokenizer;

  private constructor(tokenizer: BpeTokenizer, file: string) {
    const id = (text: string): number => {
      const found = tokenizer.specialTokens.get(text);
      if (found !== undefined) return found;
      throw new FormatError(`${file} has no token ${text}`, { hint: "pass the tokenizer.json of a multilingual Whisper", facts: { file } });
    };
    this.#tokenizer = tokenizer;
    this.endOfText = id("<|endoftext|>");
    this.startOfTranscript = id("<|startoftranscript|>");
    this.startOfPrevious = id("<|startofprev|>");
    this.noSpeech = tokenizer.specialTokens.get("<|nospeech|>") ?? id("<|nocaptions|>");
    this.noTimestamps = id("<|notimestamps|>");
    this.firstTime = this.noTimestamps + 1;
    const codes = [...tokenizer.specialTokens].flatMap(([text, at]) => {
      const code = /^<\|([a-z]{2,3})\|>$/.exec(text)?.[1];
      return code === undefined ? [] : [[code, at] as const];
    });
    this.languages = new Map(codes);
  }

  /** @param file A tokenizer.json. */
  static async load(file: string): Promise<WhisperTokens> {
    return new WhisperTokens(await BpeTokenizer.load(file), file);
  }

  /**
   * What the decoder is given first.
   *
   * @param options.room Tokens of the previous text that are taken at most, its last ones.
   */
  prompt(language: string, task: SpeechTask, options: { previous?: string; timestamps?: boolean; room?: number } = {}): number[] {
    const { previous = "", timestamps = true, room = Infinity } = options;
    const spoken = this.languages.get(checkChoice("language", language, [...this.languages.keys()]))!;
    const before = previous === "" ? [] : [this.startOfPrevious, ...[...this.#tokenizer.encode(` ${previous.trim()}`)].slice(-room)];
    return [...before, this.startOfTranscript, spoken, this.taskId(task), ...(timestamps ? [] : [this.noTimestamps])];
  }

  taskId(task: SpeechTask): number {
    return this.#tokenizer.specialTokens.get(`<|${task}|>`)!;
  }

  isTime(id: number): boolean {
    return id >= this.firstTime;
  }

  /** The seconds that a time token stands for. */
  secondsOf(id: number): number {
    return (id - this.firstTime) * timeStep;
  }

  /** The text among the ids. */
  text(ids: readonly number[]): string {
    return this.#tokenizer.decode(ids.filter((id) => id < this.endOfText));
  }
}
