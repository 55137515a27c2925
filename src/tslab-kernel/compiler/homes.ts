/**
 * One variable for each top-level name of a notebook. It is declared once, at script level, and cells assign to it, so functions of earlier cells see
 * the new value and what was reached before a failure stays. Script level is seen by every library, though, and one that finds a `window` or a
 * `process` there takes it for the real one: a character that no reader sees and no library writes keeps the names apart.
 */
const mark = "\u200C"; // zero-width non-joiner, which may stand in an identifier

/** The variable behind a name of the notebook. */
export const homeOf = (name: string): string => name + mark;

/** The kernel's own object, as cells reach it: marked with another character, so that it is not the home of any name. */
export const kernelObject: string = "cairn\u200D"; // zero-width joiner

/** A text that names variables, with their names as the reader wrote them. */
export function readable(text: string, names: ReadonlySet<string>): string {
  // The reader's own texts may have the character, as Persian does.
  return text.includes(mark)
    ? text.replace(/([\p{ID_Continue}$]+)\u200C/gu, (whole, name: string) => (names.has(name) ? name : whole))
    : text;
}
