/** What cleaning removes, and what it leaves. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clean } from "../../src/course/index.ts";
import { makeFolder, put } from "./folder.ts";

let root: string;
beforeEach(() => {
  root = makeFolder();
  const built = ["src/dist/cli/main.js", "kernel-helpers/dist/a.js", "build/course/index.html"];
  const cached = [
    "runs/x.json.gz",
    "compiler/library.d.ts",
    "models/m/model.onnx",
    "datasets/d/d.json",
    "libraries/cuda/libcublas.so.13",
    "artifacts/a.v8",
    "lab/environment.json",
    "progress/01-a",
  ];
  put(root, Object.fromEntries([...built, ...cached.map((path) => `cache/${path}`)].map((path) => [path, "12345"])));
  put(root, { "src/cli/main.ts": "kept", "build/mine.txt": "kept" });
});
afterEach(() => rmSync(root, { recursive: true }));

const there = (...paths: string[]): string[] => paths.filter((path) => existsSync(join(root, path)));

test("what is built and remembered goes; sources, models and progress stay", async () => {
  const removed = await clean({ root, cache: join(root, "cache"), all: false });
  expect(removed).toEqual(
    ["build/course", "src/dist", "kernel-helpers/dist", "cache/runs", "cache/compiler"].map((path) => ({
      path: join(root, path),
      bytes: 5,
    })),
  );
  expect(there("src/dist", "kernel-helpers/dist", "build/course", "cache/runs", "cache/compiler")).toEqual([]);
  const kept = ["src/cli/main.ts", "build/mine.txt", "cache/models/m/model.onnx", "cache/progress/01-a"];
  expect(there(...kept)).toEqual(kept);
});

test("with all, what was fetched and made goes as well; what a learner has done stays", async () => {
  const removed = await clean({ root, cache: join(root, "cache"), all: true });
  expect(removed.length).toBe(10);
  expect(there("cache/models", "cache/datasets", "cache/libraries", "cache/artifacts", "cache/lab")).toEqual([]);
  expect(there("cache/progress/01-a")).toEqual(["cache/progress/01-a"]);
  expect(await clean({ root, cache: join(root, "cache"), all: true })).toEqual([]);
});
