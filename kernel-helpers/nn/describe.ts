/** Modules as text: a tree of their names, kinds and sizes, neighbours of one kind taken together. */

/** Such as "Block(…)" with a line for each part, indented. */
export function describeTree(head: string, details: string, parts: readonly (readonly [name: string, text: string])[]): string {
  const groups: { first: string; last: string; text: string; count: number }[] = [];
  for (const [name, text] of parts) {
    const before = groups.at(-1);
    if (before?.text === text && isNext(before.last, name)) Object.assign(before, { last: name, count: before.count + 1 });
    else groups.push({ first: name, last: name, text, count: 1 });
  }
  const lines = groups.map(({ first, last, text, count }) => {
    const name = count === 1 ? first : `${first}-${last.split(".").at(-1)}`;
    return `  (${name}): ${count === 1 ? "" : `${count} × `}${text.replaceAll("\n", "\n  ")}\n`;
  });
  return `${head}(${details}${lines.length > 0 ? "\n" : ""}${lines.join("")})`;
}

/** Whether two paths are neighbours in one array, such as h.3 and h.4. */
function isNext(a: string, b: string): boolean {
  const [before, after] = [a.split("."), b.split(".")];
  return before.slice(0, -1).join() === after.slice(0, -1).join() && Number(after.at(-1)) === Number(before.at(-1)) + 1;
}
