/** Colours of error messages, as ANSI sequences, which front ends and exported pages show. */
const wrap =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001B[${open}m${text}\u001B[${close}m`;

export const red: (text: string) => string = wrap(31, 39);
export const cyan: (text: string) => string = wrap(36, 39);
export const dim: (text: string) => string = wrap(90, 39);
export const bold: (text: string) => string = wrap(1, 22);
