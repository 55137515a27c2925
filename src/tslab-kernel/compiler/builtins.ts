/**
 * What a cell finds without importing it. These names belong to the notebook alone: libraries that ask `typeof require` or `typeof prompt` to
 * learn where they run must not find them, so they are not globals, and the compiler turns each into a property of the kernel's own object.
 */

/** Name → its declaration; nothing where @types/node has it. */
const declarations: Record<string, string | undefined> = {
  require: undefined,
  module: undefined,
  exports: undefined,
  __filename: undefined,
  __dirname: undefined,
  _: "/** The value that the last cell has shown. */\ndeclare let _: any;",
  prompt:
    "/** Asks the reader for a line of text; `null` when there is nobody to answer. */\ndeclare function prompt(message?: string, initial?: string): string | null;",
  confirm: "/** Asks the reader a question that is answered with y or n. */\ndeclare function confirm(message?: string): boolean;",
  input:
    "/** Asks the reader for a line of text. `password` hides what is typed. */\ndeclare function input(prompt?: string, options?: { password?: boolean }): Promise<string>;",
};

/** A script of declarations: all its names are global to cells. */
export const builtinDeclarations: string = Object.values(declarations).filter(Boolean).join("\n");

/** Of no real file. */
export const builtinsFile = "cairn-builtins.d.ts";
export const isBuiltinFile = (fileName: string): boolean => fileName.endsWith(builtinsFile);

export const isBuiltin = (name: string): boolean => Object.hasOwn(declarations, name);
