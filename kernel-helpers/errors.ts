/** The one error tree of the library: what happened (with the values), then a hint that says what to do. */

export interface HelperErrorOptions {
  /** What the reader can do about it, as one sentence. */
  hint: string;
  cause?: unknown;
  /** What happened, in values that a program can read: argument, expected, value; file, line; operator, shapes. */
  facts?: Readonly<Record<string, unknown>>;
}

const marker: unique symbol = Symbol.for("kernel-helpers.error") as never;

/**
 * Base of all errors that kernel-helpers throws. The message ends with the hint, so a cell shows both. Programs read `code`, which stays as it
 * is, and `facts`; messages may change.
 */
export class HelperError extends Error {
  static readonly code: string = "ERR_HELPER";

  readonly code: string;
  /** The message without the hint. */
  readonly summary: string;
  readonly hint: string;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(message: string, options: HelperErrorOptions) {
    super(`${message}\n  hint: ${options.hint}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.summary = message;
    this.hint = options.hint;
    this.code = new.target.code;
    this.facts = options.facts ?? {};
    this.name = new.target.name;
    for (const key of ["summary", "hint", "code", "facts"]) Object.defineProperty(this, key, { enumerable: false }); // the message says it all to a reader
  }

  /** Works across two copies of the package, unlike instanceof. */
  static is(error: unknown): error is HelperError {
    return typeof error === "object" && error !== null && marker in error;
  }

  static {
    Object.defineProperty(this.prototype, marker, { value: true });
  }
}

/** An argument that no call can accept: a wrong choice, a size out of range, lengths that differ. */
export class ArgumentError extends HelperError {
  static override readonly code: string = "ERR_ARGUMENT";
}

/** Sizes that do not go together. The message names the operation, all shapes and the line that called it. */
export class ShapeError extends ArgumentError {
  static override readonly code: string = "ERR_SHAPE";
}

/** Element types that do not go together. */
export class DTypeError extends ArgumentError {
  static override readonly code: string = "ERR_DTYPE";
}

/** An index beyond the end: a token id that the vocabulary lacks, a class that the logits have no column for. */
export class OutOfRangeError extends ArgumentError {
  static override readonly code: string = "ERR_OUT_OF_RANGE";
}

/** A file or a download that is not what it should be: corrupt, of another format, with a wrong checksum. */
export class FormatError extends HelperError {
  static override readonly code: string = "ERR_FORMAT";
}

/** Something this machine lacks: a file without network, a package, a device. */
export class UnavailableError extends HelperError {
  static override readonly code: string = "ERR_UNAVAILABLE";
}

/** Something that only those may have who ask for it: a model whose licence has to be accepted, a token that is not valid. */
export class AccessError extends UnavailableError {
  static override readonly code: string = "ERR_ACCESS";
}

/** An object used after its close(). */
export class ClosedError extends HelperError {
  static override readonly code: string = "ERR_CLOSED";
}

/** Work that somebody stopped while it ran. */
export class InterruptedError extends HelperError {
  static override readonly code: string = "ERR_INTERRUPTED";
}
