/** The library's file errors: the file, the system's code, and what to do. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UnavailableError } from "../../kernel-helpers/errors.ts";
import { replaceFile, unreadable } from "../../kernel-helpers/runtime/files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "cairn-helper-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a file is replaced as a whole, in a folder that is made for it", () => {
  const file = path.join(folder, "new", "a.txt");
  replaceFile(file, "one");
  replaceFile(file, Uint8Array.of(50));
  expect(readFileSync(file, "utf8")).toBe("2");
  expect(readdirSync(path.dirname(file))).toEqual(["a.txt"]);
});

test.each([
  ["a folder in its place", "taken", /taken cannot be written \(E(ISDIR|PERM|EXIST|NOTEMPTY)\)\n {2}hint: choose a path/],
  ["a file as its folder", path.join("file", "b.txt"), /b\.txt cannot be written \(E(NOTDIR|EXIST)\)/],
])("%s is an error that names the file, and leaves nothing behind", (_, name, message) => {
  mkdirSync(path.join(folder, "taken"));
  writeFileSync(path.join(folder, "file"), "");
  const write = (): void => replaceFile(path.join(folder, name), "content");
  expect(write).toThrow(UnavailableError);
  expect(write).toThrow(message);
  expect(readdirSync(folder).toSorted()).toEqual(["file", "taken"]);
});

test.each([
  ["ENOENT", "a.txt does not exist\n  hint: check the path"],
  ["EISDIR", "a.txt is a folder, not a file"],
  ["EACCES", "a.txt may not be read by you"],
  ["EIO", "a.txt cannot be read (EIO)"],
])("%s in words", (code, message) => {
  const error = unreadable("a.txt", Object.assign(new Error("system"), { code }));
  expect(error.message).toContain(message);
  expect(error).toMatchObject({ code: "ERR_UNAVAILABLE", facts: { file: "a.txt", reason: code } });
});
