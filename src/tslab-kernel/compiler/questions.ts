/** What other threads ask the compiler's, and what it answers. */

export type CompilerQuestion =
  | { kind: "compile"; id: number; name: string; code: string; mayAmend: boolean; isStrict: boolean }
  | { kind: "locate"; id: number; specifier: string; from: string }
  /** The compiled cell has ended; answered by nothing. */
  | { kind: "settle"; unreached: string[] }
  /** The compiled cell was stopped before it began; answered by nothing. */
  | { kind: "abandon" };

/** A request of a front end about code, as Jupyter's protocol has it. */
export interface LanguageQuestion {
  id: number;
  type: string;
  content: Record<string, unknown>;
}

export interface AnswerError {
  name: string;
  message: string;
  code: string | undefined;
}

export type Answer = { id: number; value: unknown } | { id: number; error: AnswerError };
