/** Messages and stacks in the reader's names: variables of the notebook have a mark at run time (compiler/homes.ts). */
import { readable as withNames } from "./compiler/homes.ts";

const names = new Set<string>();

/** From now on texts that name these variables are shown without the mark. */
export function noteNames(added: readonly string[]): void {
  for (const name of added) names.add(name);
}

export const readable = (text: string): string => withNames(text, names);
