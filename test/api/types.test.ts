/** The types of what the package exports: nothing in them is `any`. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

/** The declarations that can be reached from the package's, its own files only, without comments. */
function reached(file: string, seen: Map<string, string> = new Map<string, string>()): Map<string, string> {
  if (seen.has(file)) return seen;
  const text = readFileSync(file, "utf8").replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
  seen.set(file, text);
  for (const [, specifier] of text.matchAll(/from "(\.[^"]+)\.ts"/g)) reached(resolve(file, "..", `${specifier}.d.ts`), seen);
  return seen;
}

test("no declaration that the API reaches says any", () => {
  const { exports } = JSON.parse(readFileSync("src/package.json", "utf8")) as { exports: { ".": { types: string } } };
  const files = reached(resolve("src", exports["."].types));
  expect(files.size).toBeGreaterThan(10);
  expect([...files].filter(([, text]) => /\bany\b/.test(text)).map(([file]) => file)).toEqual([]);
});
