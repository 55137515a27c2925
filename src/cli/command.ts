/** What one file of this folder exports: a sub-command of `cairn`. */
export interface Command {
  /** One line for the list of commands. */
  summary: string;
  /** The whole text of `cairn <command> --help`. */
  help: string;
  /** Runs it on the words after its name and gives the exit code: 0 passed, 1 a notebook failed, 2 wrong usage or input. */
  run: (argv: string[]) => Promise<number>;
}
