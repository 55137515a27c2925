/** `npm run bench` loads every file of bench/ that it does not leave out by name: each must hold benches, and nothing that runs by itself. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const leftOut = /const notBenches = \[([^\]]*)\]/.exec(readFileSync("bench/main.ts", "utf8"))![1]!;
const files = readdirSync("bench").filter((file) => file.endsWith(".ts"));

test.each(files.filter((file) => !leftOut.includes(`"${file}"`)))("bench/%s exports its benches", (file) => {
  expect(readFileSync(`bench/${file}`, "utf8")).toMatch(/^export default /m);
});

test("what is left out by name is there", () => {
  expect([...leftOut.matchAll(/"([^"]+)"/g)].map((match) => match[1]).filter((file) => !files.includes(file!))).toEqual([]);
});
