/** One rule for the cache, in Cairn's programs and in the library: nothing lands beside the notebook. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import envPaths from "env-paths";
import { afterEach, describe, expect, test, vi } from "vitest";
import { artifactPath, loadArtifact, saveArtifact } from "../../kernel-helpers/course/index.ts";
import { cacheFolder as ofModels } from "../../kernel-helpers/models/index.ts";
import { cacheFolder as ofLibrary } from "../../kernel-helpers/runtime/cache-folder.ts";
import { cacheFolder as ofCairn } from "../../src/runtime/cache-folder.ts";

const systems = envPaths("cairn", { suffix: "" }).cache;
const home = path.resolve("/home/ada");
afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each([
  ["Cairn", ofCairn],
  ["the library", ofLibrary],
])("for %s", (_, cacheFolder) => {
  test.each([
    [undefined, systems],
    ["", systems],
    ["  ", systems],
    ["/data/cairn", path.resolve("/data/cairn")],
    ["/data/../cairn/", path.resolve("/cairn")],
    [" /data/cairn ", path.resolve("/data/cairn")],
    ["cache", path.join(home, "cache")],
    ["./a/b", path.join(home, "a", "b")],
    ["../shared", path.resolve(home, "..", "shared")],
    ["~/.cairn", path.join(home, ".cairn")],
    ["~ada", path.join(home, "~ada")],
  ])("CAIRN_CACHE=%j is %s", (given, expected) => {
    expect(cacheFolder({ CAIRN_CACHE: given }, home)).toBe(expected);
  });

  test.each(["~", "~/", ".", "/home/ada", "/"])("CAIRN_CACHE=%j is refused: cleaning it would remove what is not ours", (given) => {
    expect(() => cacheFolder({ CAIRN_CACHE: given }, home)).toThrow(
      /^CAIRN_CACHE is ".+", which is .+ itself\n {2}hint: name a folder in it/,
    );
  });
});

test("models and artifacts follow it, with CAIRN_CACHE empty, too", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-cache-"));
  vi.stubEnv("CAIRN_CACHE", "");
  expect(ofModels()).toBe(systems);
  const name = `cache-test-${process.pid}`;
  saveArtifact(name, [1, 2]);
  expect(loadArtifact(name)).toEqual([1, 2]);
  expect(existsSync(path.join(systems, "artifacts", `${name}.v8`))).toBe(true);
  expect(existsSync("artifacts")).toBe(false);
  rmSync(path.join(systems, "artifacts", `${name}.v8`));
  vi.stubEnv("CAIRN_CACHE", folder);
  expect(artifactPath("a.json")).toBe(path.join(folder, "artifacts", "a.json"));
  rmSync(folder, { recursive: true });
});
