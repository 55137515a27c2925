import { CairnError, type CairnErrorOptions } from "../errors.ts";

/** The kernel's process could not be started, or ended or stayed silent before it could execute anything. */
export class KernelStartError extends CairnError {
  static override readonly code: string = "ERR_KERNEL_START";
  /** The end of what the process wrote to its stdout and stderr. */
  readonly lastWords: string;

  constructor(message: string, options: CairnErrorOptions & { lastWords: string }) {
    const { lastWords, facts } = options;
    const words = lastWords.trim();
    super(words === "" ? message : `${message}; its last words:\n${indent(words)}`, { ...options, facts: { ...facts, lastWords } });
    this.lastWords = lastWords;
  }
}

const indent = (text: string): string => text.replace(/^/gm, "    ");
