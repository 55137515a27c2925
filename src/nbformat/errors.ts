import { InputError } from "../errors.ts";

/** The file is not a notebook that can be run or exported as it is. */
export class NotebookFormatError extends InputError {
  static override readonly code: string = "ERR_NOTEBOOK_FORMAT";
}
