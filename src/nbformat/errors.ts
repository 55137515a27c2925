import { InputError } from "../errors.ts";

/** The file is not a notebook that can be run or exported as it is. */
export class NotebookFormatError extends InputError {}
