/** docs/distributed.md is written by several programs, each its own part of it. */
import { readFileSync } from "node:fs";
import { replaceFile } from "../../../kernel-helpers/runtime/files.ts";

const file = "docs/distributed.md";

/** Empties the part between the marks of that name. @returns Adds lines to it. */
export function partOf(name: string): (line: string) => void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const lines: string[] = [];
  return (line) => {
    lines.push(line);
    console.log(line);
    const text = readFileSync(file, "utf8");
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < 0) throw new Error(`${file} has no ${begin} … ${end}`);
    replaceFile(file, `${text.slice(0, from)}${begin}\n\n${lines.join("\n")}\n\n${text.slice(to)}`);
  };
}
