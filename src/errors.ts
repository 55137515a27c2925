/**
 * Errors of the runtime: what was wrong, where, and what to do. The exit code belongs to the class (2 = wrong usage or input). Programs read `code`,
 * which stays as it is, and `facts`; messages may change.
 */

export interface CairnErrorOptions {
  /** What the reader can do about it, as one sentence. */
  hint?: string;
  cause?: unknown;
  /** What happened, in values that a program can read: file, line; kernel, url; option, value. */
  facts?: Readonly<Record<string, unknown>>;
}

export class CairnError extends Error {
  static readonly code: string = "ERR_CAIRN";

  readonly code: string;
  /** The message without the hint. */
  readonly problem: string;
  readonly hint: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly exitCode: number = 1;

  constructor(message: string, options: CairnErrorOptions = {}) {
    super(
      options.hint ? `${message}\n  hint: ${options.hint}` : message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = new.target.code;
    this.problem = message;
    this.hint = options.hint;
    this.facts = options.facts ?? {};
    this.name = new.target.name;
    for (const key of ["code", "problem", "hint", "facts"]) Object.defineProperty(this, key, { enumerable: false }); // the message says it all
  }
}

/** Wrong command line, a path that is not there, a file that is not a notebook. */
export class InputError extends CairnError {
  static override readonly code: string = "ERR_INPUT";
  override readonly exitCode: number = 2;
}
