/** Processes of their own, as V8 remembers what a process has compiled: what a kernel finds when others started before it, or at the same time. */
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadTypeScript } from "../../src/tslab-kernel/compiler/load-typescript.ts";

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "load-typescript-")), "made", "when missing");
});
afterEach(() => {
  rmSync(join(folder, "../.."), { recursive: true });
});

const loader = fileURLToPath(new URL("../../src/tslab-kernel/compiler/load-typescript.ts", import.meta.url));
const program = `
import { loadTypeScript } from ${JSON.stringify(loader)};
const { typescript, isCached, storeCache } = loadTypeScript({ cacheFolder: process.argv[1] });
const { outputText } = typescript.transpileModule("let two: number = 1 + 1", { compilerOptions: { target: 99 } });
const isStored = storeCache();
console.log(JSON.stringify({ outputText, isCached, isStored }));`;

interface Outcome {
  outputText: string;
  isCached: boolean;
  isStored: boolean;
}

/** Loads TypeScript in a new process, compiles a line and stores the cache. */
async function load(flags: readonly string[] = [], text: string = program): Promise<Outcome> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...flags, "--import", "tsx", "--input-type=module", "--eval", text, folder],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)) },
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Outcome;
}

function onlyCache(): string {
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0]!);
}

const outputText = '"use strict";\nlet two = 1 + 1;\n';
const compiled = { outputText, isCached: false, isStored: true };
const fromCache = { outputText, isCached: true, isStored: false };

describe("loadTypeScript", () => {
  test("gives TypeScript 6.0, and touches no disk until told to", () => {
    const { typescript, isCached } = loadTypeScript({ cacheFolder: folder });
    expect(typescript.versionMajorMinor).toBe("6.0");
    expect(typescript.getDefaultLibFilePath({})).toMatch(/cell-typescript.lib.lib\.es2025\.full\.d\.ts$/);
    expect(isCached).toBe(false);
    expect(() => readdirSync(folder)).toThrow("ENOENT");
  });

  test("stores what it compiled, for the next process to use", async () => {
    expect(await load()).toEqual(compiled);
    const stored = readFileSync(onlyCache());
    expect(await load()).toEqual(fromCache);
    expect(readFileSync(onlyCache()).equals(stored)).toBe(true);
  });

  test.each([
    ["empty", () => Buffer.alloc(0)],
    ["cut short", (cache: Buffer) => cache.subarray(0, cache.length / 2)],
    ["damaged in one bit", (cache: Buffer) => cache.fill(cache[1_000_000]! ^ 1, 1_000_000, 1_000_001)],
    ["not V8's, its checksum true", () => withChecksum(Buffer.from("no code of any V8"))],
    [
      "another V8's, its checksum true",
      (cache: Buffer) => withChecksum(cache.subarray(4).fill(0, 4, 8)), // the first word is V8's magic number, the second its version
    ],
  ])("a cache that is %s is compiled anew and replaced", async (_, damage) => {
    await load();
    writeFileSync(onlyCache(), damage(readFileSync(onlyCache())));
    expect(await load()).toEqual(compiled);
    expect(await load()).toEqual(fromCache);
    onlyCache();
  });

  test("keeps a cache for each set of V8's flags, as V8 takes no code of another", async () => {
    await load();
    expect(await load(["--no-opt"])).toEqual(compiled);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(await load(["--no-opt"])).toEqual(fromCache);
    expect(await load()).toEqual(fromCache);
  });

  test("stores nothing while V8's flags are others than at the load, as no load would take it", async () => {
    const changed = program.replace("const isStored", `(await import("node:v8")).setFlagsFromString("--no-opt");\nconst isStored`);
    expect(await load([], changed)).toEqual({ outputText, isCached: false, isStored: false });
  });

  test("several processes starting at once each get TypeScript and leave one whole cache", async () => {
    for (const outcome of await Promise.all([load(), load(), load(), load()])) expect(outcome.outputText).toBe(outputText);
    onlyCache();
    expect(await load()).toEqual(fromCache);
  });

  test.skipIf(process.platform === "win32" || process.getuid?.() === 0)("does without where it may not write", async () => {
    chmodSync(join(folder, "../.."), 0o500);
    expect(await load()).toEqual({ outputText, isCached: false, isStored: false });
    chmodSync(join(folder, "../.."), 0o700);
  });

  test("does without where the folder cannot be made", async () => {
    writeFileSync(join(folder, ".."), "a file where a folder should be");
    expect(await load()).toEqual({ outputText, isCached: false, isStored: false });
  });
});

function withChecksum(code: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(code));
  return Buffer.concat([checksum, code]);
}
