/** Names that a danfojs DataFrame uses for itself: as each column becomes a property of the frame, one of these would break it without a word. */

const taken: ReadonlySet<string> = new Set(["columns", "dtypes", "index", "shape", "values"]);

export const isTaken = (column: string): boolean => taken.has(column) || column.startsWith("$");

export const takenHint = "give the column another name";
