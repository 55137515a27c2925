import { CairnError } from "../errors.ts";

/** The kernel's process could not be started, or ended or stayed silent before it could execute anything. */
export class KernelStartError extends CairnError {
  /** The end of what the process wrote to its stdout and stderr. */
  readonly lastWords: string;

  constructor(message: string, options: { lastWords: string; hint?: string; cause?: unknown }) {
    super(options.lastWords.trim() === "" ? message : `${message}; its last words:\n${indent(options.lastWords.trim())}`, options);
    this.lastWords = options.lastWords;
  }
}

const indent = (text: string): string => text.replace(/^/gm, "    ");
