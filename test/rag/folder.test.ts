/** The index of a folder: what is in it, what an update does, and what an interruption leaves. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { indexFolder, openIndex, type Encoder } from "../../kernel-helpers/rag/index.ts";

const root = mkdtempSync(path.join(tmpdir(), "cairn-index-"));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = path.join(root, String(count++));
  write("leave.md", "# Leave\nThirty days of annual leave.\n");
  write("cost/meals.txt", "A meal costs up to 80 yuan.\n");
});

function write(name: string, text: string | Uint8Array): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Counts words into a vector: an encoder whose every vector can be foretold. */
function counting(encoded: string[] = []): Encoder {
  return {
    name: "test/letters",
    dimension: 26,
    async encode(texts) {
      encoded.push(...texts);
      const rows = texts.map((text) =>
        Array.from("abcdefghijklmnopqrstuvwxyz", (letter) => 1e-6 + (text.toLowerCase().split(letter).length - 1)),
      );
      return { data: Float32Array.from(rows.flatMap((row) => row.map((value) => value / Math.hypot(...row)))) };
    },
  };
}

const entries = (): string[] => readdirSync(path.join(folder, ".cairn/entries")).sort();

describe("a folder", () => {
  test("has its documents by their paths, found with their places", async () => {
    await using index = await indexFolder(folder);
    expect(index.changes).toEqual({
      added: ["cost/meals.txt", "leave.md"],
      changed: [],
      renamed: [],
      deleted: [],
      unchanged: 0,
      skipped: [],
    });
    const [best] = await index.retrieve("How much may a meal cost?");
    expect(best!.chunk).toMatchObject({ text: "A meal costs up to 80 yuan.", start: 0, document: { id: "cost/meals.txt" } });
    expect(String(index)).toContain("2 documents, 2 chunks, keywords alone");
  });

  test("is without what is ignored, hidden, installed, or of another kind, and says what cannot be read", async () => {
    write(".gitignore", "draft*\n!drafts-kept.md\nprivate/\n");
    write("drafts.md", "x");
    write("drafts-kept.md", "kept");
    write("private/secret.md", "x");
    write("sub/.cairnignore", "*.txt\n!keep.txt\n");
    write("sub/a.txt", "x");
    write("sub/keep.txt", "kept");
    write("node_modules/p/README.md", "x");
    write(".hidden.md", "x");
    write("picture.png", Uint8Array.of(0x89, 0x50));
    write("gbk.txt", Uint8Array.of(0xb1, 0xa8, 0xcf, 0xfa, 0x0a));
    write("broken.pdf", "%PDF-1.4");
    await using index = await indexFolder(folder);
    expect(index.changes!.added).toEqual(["cost/meals.txt", "drafts-kept.md", "leave.md", "sub/keep.txt"]);
    expect(index.changes!.skipped.map(({ path: at }) => at)).toEqual(["broken.pdf", "gbk.txt"]);
    expect(index.changes!.skipped[1]!.reason).toMatch(/^is not UTF-8 text: byte 0xB1 at offset 0/);
  });

  test("that does not exist, or has no index, is an error that says what to do", async () => {
    await expect(indexFolder(path.join(root, "nowhere"))).rejects.toMatchObject({ code: "ERR_UNAVAILABLE", facts: { reason: "ENOENT" } });
    await expect(openIndex(folder)).rejects.toThrow(/has no index\n {2}hint: make one: npx cairn index/);
  });
});

describe("an update", () => {
  test("reads only what is new or has changed, forgets what is gone, and keeps what was renamed", async () => {
    const encoded: string[] = [];
    const encoder = counting(encoded);
    await using _first = await indexFolder(folder, { encoder });
    expect(encoded.sort()).toEqual(["# Leave\nThirty days of annual leave.", "A meal costs up to 80 yuan."]);
    encoded.length = 0;

    appendFileSync(path.join(folder, "leave.md"), "Two more after ten years.\n");
    renameSync(path.join(folder, "cost/meals.txt"), path.join(folder, "food.txt"));
    write("new.md", "# New\nA page.\n");
    await using second = await indexFolder(folder, { encoder });
    expect(second.changes).toEqual({
      added: ["new.md"],
      changed: ["leave.md"],
      renamed: [{ from: "cost/meals.txt", to: "food.txt" }],
      deleted: [],
      unchanged: 0,
      skipped: [],
    });
    expect(encoded).toHaveLength(2);
    expect((await second.retrieve("meal"))[0]!.chunk.document.id).toBe("food.txt");

    rmSync(path.join(folder, "new.md"));
    encoded.length = 0;
    await using third = await indexFolder(folder, { encoder });
    expect(third.changes).toMatchObject({ added: [], changed: [], deleted: ["new.md"], unchanged: 2 });
    expect(encoded).toEqual([]);
    expect(entries()).toHaveLength(4); // text and vectors of two documents
  });

  test("knows a file that was only touched by its content", async () => {
    await using _first = await indexFolder(folder);
    utimesSync(path.join(folder, "leave.md"), 1, 1);
    await using second = await indexFolder(folder);
    expect(second.changes!.unchanged).toBe(2);
  });

  test("with another encoder encodes again, and with another cut cuts again", async () => {
    await using _first = await indexFolder(folder);
    const encoded: string[] = [];
    await using second = await indexFolder(folder, { encoder: counting(encoded) });
    expect([second.encoder, encoded.length]).toEqual(["test/letters", 2]);
    await using third = await indexFolder(folder, { by: "sentence", size: 3 });
    expect(third.chunks.length).toBeGreaterThan(second.chunks.length);
  });
});

describe("an interruption", () => {
  test("ends the update between two documents; the index that was stays, and what was done is not done again", async () => {
    await using _first = await indexFolder(folder);
    for (let page = 0; page < 5; page++) write(`pages/${page}.md`, `Page ${page} of five.`);
    const controller = new AbortController();
    const encoded: string[] = [];
    const encoder = counting(encoded);
    const stopping: Encoder = {
      ...encoder,
      encode: (texts, options) => {
        if (encoded.length === 3) controller.abort(new Error("enough"));
        return encoder.encode(texts, options);
      },
    };
    await expect(indexFolder(folder, { encoder: stopping, signal: controller.signal })).rejects.toThrow("enough");
    await using still = await openIndex(folder);
    expect([still.documents, still.encoder]).toEqual([2, null]);
    const before = encoded.length;
    await using whole = await indexFolder(folder, { encoder });
    expect(whole.documents).toBe(7);
    expect(encoded).toHaveLength(7);
    expect(before).toBeGreaterThan(2);
  });

  test("leaves no halves: an index from which something is missing says so", async () => {
    await using _first = await indexFolder(folder);
    rmSync(path.join(folder, ".cairn/entries"), { recursive: true });
    await expect(openIndex(folder)).rejects.toThrow(/the index lacks .*\n {2}hint: index the folder again/);
    await using again = await indexFolder(folder);
    expect(again.documents).toBe(2);
    expect(existsSync(path.join(folder, ".cairn/.gitignore"))).toBe(true);
  });
});
