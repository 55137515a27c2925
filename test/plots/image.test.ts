/** Pictures are recognised by their content; what is none, or cannot be shown, is named. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { image } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay, jupyterMetadata } from "../../kernel-helpers/runtime/printable.ts";
import { png } from "../render/sample.ts";

const folder = mkdtempSync(join(tmpdir(), "cairn-image-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Buffer.from(png, "base64");
const gif = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
const webp = Buffer.concat([Buffer.from("RIFF\x24\0\0\0WEBPVP8 ", "latin1"), Buffer.alloc(20)]);

describe("image", () => {
  test("takes bytes of every kind, a path and a file: URL", () => {
    writeFileSync(join(folder, "four pixels.png"), bytes);
    const expected = { "image/png": png, "text/plain": "four pixels.png" };
    expect(image(join(folder, "four pixels.png"))[jupyterDisplay]()).toEqual(expected);
    expect(image(pathToFileURL(join(folder, "four pixels.png")))[jupyterDisplay]()).toEqual(expected);
    const { buffer } = Uint8Array.from([0, ...bytes, 0]);
    for (const source of [bytes, new Uint8Array(buffer, 1, bytes.length), Uint8Array.from(bytes).buffer]) {
      expect(image(source, { alt: "dots" })[jupyterDisplay]()).toEqual({ "image/png": png, "text/plain": "dots" });
    }
  });

  test("JPEG comes as itself; GIF and WebP as HTML, since nbconvert knows no such types", () => {
    expect(image(Buffer.from([0xff, 0xd8, 0xff, 0xe0]))[jupyterDisplay]()).toEqual({
      "image/jpeg": "/9j/4A==",
      "text/plain": "JPEG picture, 4 bytes",
    });
    expect(image(gif, { alt: 'a "dot"', width: 40 })[jupyterDisplay]()["text/html"]).toBe(
      `<img src="data:image/gif;base64,${gif.toString("base64")}" alt="a &quot;dot&quot;" width="40">`,
    );
    expect(image(webp)[jupyterDisplay]()["text/html"]).toContain("data:image/webp;base64,");
  });

  test("a width stands beside the picture, as notebooks keep it", () => {
    expect(image(bytes, { width: 64 })[jupyterMetadata]!()).toEqual({ "image/png": { width: 64 } });
    expect(image(bytes)[jupyterMetadata]!()).toEqual({});
  });

  test.each([
    ['<svg width="20" height="10"/>', '<svg width="40" viewBox="0 0 20 10" xmlns="http://www.w3.org/2000/svg"/>'],
    [
      '\ufeff<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1" width="2em" stroke-width="3"><g/></svg>',
      '<?xml version="1.0"?><!-- a --><svg width="40" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1" stroke-width="3"><g/></svg>',
    ],
  ])("an SVG gets its width into the drawing: %s", (text, expected) => {
    expect(image(Buffer.from(text), { width: 40 })[jupyterDisplay]()["image/svg+xml"]).toBe(expected);
  });

  test("another kind is shown where its type is named", () => {
    const avif = Buffer.from("\0\0\0\x20ftypavif", "latin1");
    expect(image(avif, { mime: "image/avif" })[jupyterDisplay]()["text/html"]).toContain("data:image/avif;base64,");
    expect(() => image(avif)).toThrow(
      "the picture is an AVIF picture\n  hint: PNG, JPEG, GIF, WebP and SVG can be shown; convert it, or name its type with mime if your browser knows it",
    );
  });

  test.each([
    [() => image(Buffer.from("%PDF-1.7")), "FormatError", /^the picture is a PDF\n/],
    [() => image(Buffer.from("hello you")), "FormatError", /^the picture is not a picture: it begins with 68 65 6c 6c 6f 20 79 6f\n/],
    [() => image(Buffer.alloc(0)), "FormatError", /^the picture is empty\n/],
    [() => image(bytes, { mime: "image/jpeg" }), "ArgumentError", /^the picture is image\/png, not image\/jpeg\n {2}hint: leave mime out/],
    [() => image(bytes, { mime: "text/html" }), "ArgumentError", /^mime must be a type of picture, got "text\/html"\n/],
    [() => image(bytes, { width: -1 }), "ArgumentError", /^width must be > 0, got -1\n/],
    [
      () => image(join(folder, "none.png")),
      "ArgumentError",
      /^there is no file .*none\.png\n {2}hint: give its path from the notebook's folder/,
    ],
    [() => image(folder), "ArgumentError", /^.* cannot be read: EISDIR/],
    [
      () => image("https://example.org/a.png"),
      "ArgumentError",
      /^https:\/\/example\.org\/a\.png is an address, and image reads files\n {2}hint: fetch/,
    ],
    [() => image(new URL("https://example.org/a.png")), "ArgumentError", /is an address/],
    [() => image("<svg/>"), "ArgumentError", /^"<svg\/>…" is a document, not the path of one\n {2}hint: show it with svg\(text\)/],
    [() => image(7 as never), "ArgumentError", /^source must be bytes, a path or a file: URL, got 7\n/],
  ])("refuses what it cannot show (%#)", (show, name, message) => {
    expect(show).toThrow(expect.objectContaining({ name, message: expect.stringMatching(message) as string }));
  });
});
