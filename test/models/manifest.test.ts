import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { findMember, memberOf } from "../../kernel-helpers/models/packages/archive.ts";
import { datasetsFolder, manifestEntry, readManifest } from "../../kernel-helpers/models/index.ts";

describe("the manifest", () => {
  test.each(readManifest())("$name says what it is, whose it is and where it comes from", (entry) => {
    expect(entry.licence).toMatch(/^[A-Za-z0-9.-]+$/);
    expect(entry.homepage).toMatch(/^https:\/\//);
    expect(entry.sources.length).toBeGreaterThan(0);
    expect(new Set(entry.files.map((file) => file.path)).size).toBe(entry.files.length);
    for (const file of entry.files) {
      expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(file.bytes).toBeGreaterThan(0);
      for (const source of entry.sources) {
        if (source.kind === "hub") expect(source.revision).toMatch(/^[0-9a-f]{40}$/);
        else if (source.kind === "url") expect(source.base).toMatch(/^https:\/\/.+\/$/);
        else if (source.kind === "joined") expect(source.parts.some((part) => findMember(part, file.path))).toBe(true);
        else expect(memberOf(source, file.path)).not.toBe("");
      }
    }
  });

  test("lies in the course's datasets folder", () => {
    expect(readFileSync(path.join(datasetsFolder(), "manifest.json"), "utf8")).toContain('"entries"');
  });

  test("names what it has when asked for something else", () => {
    expect(() => manifestEntry("gpt5", "model")).toThrow(
      'the manifest has no model "gpt5"\n  hint: did you mean "gpt2"? the models are all-MiniLM-L6-v2, all-MiniLM-L6-v2-int8, multilingual-e5-small, gpt2',
    );
    expect(() => manifestEntry("moby dick", "dataset")).toThrow(/hint: did you mean "moby-dick"\? the datasets are /);
    expect(() => manifestEntry("resnet-50", "model")).toThrow(/hint: the models are all-MiniLM-L6-v2/);
    expect(() => manifestEntry(null as never, "model")).toThrow("name must be a string, got null\n  hint: the models are all-MiniLM-L6-v2");
  });

  test("that is broken says where", () => {
    const file = path.join(tmpdir(), `manifest-${process.pid}.json`);
    writeFileSync(file, "{");
    expect(() => readManifest(file)).toThrow(`${file}:1:2: not valid JSON: it ends too soon\n  hint: restore it with git checkout`);
    writeFileSync(file, "[]");
    expect(() => readManifest(file)).toThrow(`${file} is not a manifest: it has no list of "entries"`);
    expect(() => readManifest("none.json")).toThrow("none.json does not exist");
  });
});
