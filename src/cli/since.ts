/** `--since REF`: the notebooks that what has changed since touches, and for each what that is. */
import { touchedSince } from "../course/index.ts";
import { count } from "../report/index.ts";

/** Names that a line has; the rest is counted. */
const maxNames = 5;

/** @throws {InputError} There is no repository, or no such revision. */
export async function chooseSince<T extends { path: string }>(notebooks: readonly T[], ref: string | undefined): Promise<T[]> {
  if (ref === undefined) return [...notebooks];
  const found = await touchedSince(
    notebooks.map(({ path }) => path),
    ref,
  );
  const chosen = notebooks.filter(({ path }) => found.get(path)!.length > 0);
  console.log(`What has changed since ${ref} touches ${chosen.length} of ${count(notebooks.length, "notebook")}`);
  for (const { path } of chosen) console.log(`  ${path}: ${listed(found.get(path)!)}`);
  return chosen;
}

export const listed = (names: readonly string[]): string =>
  names.length <= maxNames ? names.join(", ") : `${names.slice(0, maxNames - 1).join(", ")} and ${names.length - maxNames + 1} more`;
