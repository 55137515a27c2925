/** Writing: the file is replaced as a whole, keeps its mode and its symbolic link, and nothing is left beside it. */
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readFile, readdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepFile, replaceFile } from "../../src/runtime/files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cairn-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a new file, in a folder that is made for it", async () => {
  await replaceFile(join(folder, "new", "a.txt"), "é");
  expect(await readFile(join(folder, "new", "a.txt"), "utf8")).toBe("é");
  expect(await readdir(join(folder, "new"))).toEqual(["a.txt"]);
});

test("an existing file keeps its mode", async () => {
  const path = join(folder, "a.txt");
  await writeFile(path, "old");
  await chmod(path, 0o640);
  await replaceFile(path, Uint8Array.of(1, 2));
  expect([...(await readFile(path))]).toEqual([1, 2]);
  expect((await stat(path)).mode & 0o777).toBe(0o640);
});

test("who has the old file open goes on with it", async () => {
  const path = join(folder, "a.txt");
  await writeFile(path, "old");
  const { ino } = await stat(path);
  await replaceFile(path, "new");
  expect((await stat(path)).ino).not.toBe(ino);
});

test("a symbolic link stays one", async () => {
  await writeFile(join(folder, "real.txt"), "old");
  await symlink("real.txt", join(folder, "link.txt"));
  await replaceFile(join(folder, "link.txt"), "new");
  expect(await readlink(join(folder, "link.txt"))).toBe("real.txt");
  expect(await readFile(join(folder, "real.txt"), "utf8")).toBe("new");
});

test("a pipe is written to, not replaced", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const [read] = await Promise.all([readFile(pipe, "utf8"), replaceFile(pipe, "through")]);
  expect(read).toBe("through");
  expect((await stat(pipe)).isFIFO()).toBe(true);
});

test("a name as long as the file system allows", async () => {
  const name = `${"课".repeat(83)}.ipynb`; // 255 bytes
  await replaceFile(join(folder, name), "new");
  expect(keepFile(join(folder, name), "newer")).toBe(true);
  expect(await readFile(join(folder, name), "utf8")).toBe("newer");
  expect(await readdir(folder)).toEqual([name]);
});

test("a failure leaves nothing behind", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(replaceFile(join(folder, "file", "a.txt"), "new")).rejects.toThrow("ENOTDIR");
  await expect(replaceFile(folder, "new")).rejects.toThrow("EISDIR");
  expect(await readdir(folder)).toEqual(["file"]);
});
