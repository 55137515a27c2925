/** The one error tree of the library: what happened (with the values), then a hint that says what to do. */

export interface HelperErrorOptions {
  /** What the reader can do about it, as one sentence. */
  hint: string;
  cause?: unknown;
}

const marker: unique symbol = Symbol.for("kernel-helpers.error") as never;

/** Base of all errors that kernel-helpers throws. The message ends with the hint, so a cell shows both. */
export class HelperError extends Error {
  readonly hint: string;

  constructor(message: string, options: HelperErrorOptions) {
    super(`${message}\n  hint: ${options.hint}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.name = new.target.name;
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
export class ArgumentError extends HelperError {}

/** Sizes that do not go together. The message names the operation, all shapes and the line that called it. */
export class ShapeError extends ArgumentError {}

/** Element types that do not go together. */
export class DTypeError extends ArgumentError {}

/** A file or a download that is not what it should be: corrupt, of another format, with a wrong checksum. */
export class FormatError extends HelperError {}

/** Something this machine lacks: a file without network, a package, a device. */
export class UnavailableError extends HelperError {}

/** An object used after its close(). */
export class ClosedError extends HelperError {}

/** Work that somebody stopped while it ran. */
export class InterruptedError extends HelperError {}
