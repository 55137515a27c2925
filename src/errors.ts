/** Errors of the runtime: what was wrong, where, and what to do. The exit code belongs to the class (design: 2 = wrong usage or input). */

export interface CairnErrorOptions {
  /** What the reader can do about it, as one sentence. */
  hint?: string;
  cause?: unknown;
}

export class CairnError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: number = 1;

  constructor(message: string, options: CairnErrorOptions = {}) {
    super(
      options.hint ? `${message}\n  hint: ${options.hint}` : message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.hint = options.hint;
    this.name = new.target.name;
  }
}

/** Wrong command line, a path that is not there, a file that is not a notebook. */
export class InputError extends CairnError {
  override readonly exitCode = 2;
}
