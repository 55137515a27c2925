/** The files of one folder: every way out that a path can try. */
import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileTools, type AgentTool } from "../../../kernel-helpers/agents/index.ts";

const base = mkdtempSync(path.join(tmpdir(), "cairn-files-"));
const root = path.join(base, "notes");
let [list, read, write]: AgentTool[] = [];
beforeAll(async () => {
  mkdirSync(path.join(root, "deep"), { recursive: true });
  mkdirSync(path.join(base, "notes-secret"));
  writeFileSync(path.join(base, "secret.txt"), "secret");
  writeFileSync(path.join(base, "notes-secret", "a.txt"), "secret");
  writeFileSync(path.join(root, "today.md"), "# 今天");
  writeFileSync(path.join(root, "deep", "b..c.txt"), "two dots in a name");
  writeFileSync(path.join(root, "large.txt"), "x".repeat(200));
  writeFileSync(path.join(root, "image.png"), Uint8Array.of(0x89, 0x50, 0xff));
  symlinkSync(path.join(base, "secret.txt"), path.join(root, "link.txt"));
  symlinkSync(base, path.join(root, "up"));
  symlinkSync("today.md", path.join(root, "inner.md"));
  linkSync(path.join(base, "secret.txt"), path.join(root, "hard.txt"));
  execFileSync("mkfifo", [path.join(root, "pipe")]);
  [list, read, write] = await fileTools(root, { writable: true, maxBytes: 100 });
});
afterAll(() => rmSync(base, { recursive: true }));

const contentOf = async (tool: AgentTool, args: Record<string, unknown>): Promise<string> => (await tool.call(args)).content;

test("what is in the folder is listed, read and written; links and pipes are not shown", async () => {
  expect(JSON.parse(await contentOf(list!, {}))).toEqual(["deep/", "hard.txt", "image.png", "large.txt", "today.md"]);
  expect(await contentOf(read!, { path: "today.md" })).toBe("# 今天");
  expect(await contentOf(read!, { path: "./deep//b..c.txt" })).toBe("two dots in a name");
  expect(await contentOf(write!, { path: "new/一.md", content: "text" })).toBe("wrote 4 bytes");
  expect(readFileSync(path.join(root, "new/一.md"), "utf8")).toBe("text");
});

describe("a path is refused", () => {
  test.each([
    ["../secret.txt", 'it has ".."'],
    ["deep/../../secret.txt", 'it has ".."'],
    ["deep\\..\\..\\secret.txt", 'it has ".."'],
    ["..", 'it has ".."'],
    [path.join(base, "secret.txt"), "it is not relative"],
    ["/etc/passwd", "it is not relative"],
    ["C:\\secret.txt", "it is not relative"],
    ["c:secret.txt", "it is not relative"],
    ["\\\\server\\share", "it is not relative"],
    ["today.md\0.png", "it has a NUL character"],
    ["link.txt", "it goes through a symbolic link"],
    ["up/secret.txt", "it goes through a symbolic link"],
    ["up/notes/today.md", "it goes through a symbolic link"],
    ["inner.md", "it goes through a symbolic link"],
    ["hard.txt", "hard link"],
    ["deep", "it is not a file"],
    ["pipe", "it is not a file"],
    [".", "it is not a file"],
  ])("%j", async (given, why) => {
    expect(await contentOf(read!, { path: given })).toContain(why);
    expect((await write!.call({ path: given, content: "x" })).error).toBe("failed");
    expect(readFileSync(path.join(base, "secret.txt"), "utf8")).toBe("secret");
  });

  test("also where it would only be listed, or where the file does not exist yet", async () => {
    expect(await contentOf(list!, { path: ".." })).toContain("refused");
    expect(await contentOf(list!, { path: "up" })).toContain("symbolic link");
    expect(await contentOf(write!, { path: "up/new.txt", content: "x" })).toContain("symbolic link");
    expect(existsSync(path.join(base, "new.txt"))).toBe(false);
    expect(await contentOf(read!, { path: "~/.ssh/id_rsa" })).toContain("ENOENT");
    expect(await contentOf(read!, { path: "%2e%2e/secret.txt" })).toContain("ENOENT");
    expect(await contentOf(read!, { path: "..．/secret.txt" })).toContain("ENOENT");
  });
});

test("files that are too large or not text are refused, in either direction", async () => {
  expect(await contentOf(read!, { path: "large.txt" })).toBe("error: large.txt has 200 bytes; at most 100 are read");
  expect(await contentOf(read!, { path: "image.png" })).toBe("error: image.png is not text in UTF-8");
  expect(await contentOf(write!, { path: "big.txt", content: "中".repeat(34) })).toBe(
    "error: content has 102 bytes; at most 100 are written",
  );
});

test("writing needs a person's word, and is not there unless asked for", async () => {
  expect(await write!.needsApproval({ path: "a", content: "b" })).toBe(true);
  expect((await fileTools(root)).map(({ name }) => name)).toEqual(["list_files", "read_file"]);
  await expect(fileTools(path.join(base, "nowhere"))).rejects.toThrow("there is no folder");
  await expect(fileTools(path.join(base, "secret.txt"))).rejects.toThrow("is not a folder");
});
