/** Files as documents: what of them is text, where it stands, and what cannot be read. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { formatPlace, loadDocument, placeOf } from "../../kernel-helpers/rag/index.ts";
import { readHtml } from "../../kernel-helpers/rag/loaders/html.ts";
import { readMarkdown } from "../../kernel-helpers/rag/loaders/markdown.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-loaders-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Uint8Array): string => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};

describe("Markdown", () => {
  test("keeps its text; headings are found in both styles, and not in code, lists or front matter", () => {
    const text =
      "---\ntitle: x\n---\n# One *two* #\n```sh\n# no heading\n```\nUnder\n=====\n- item\n---\n### [Link](url) `code`\n#hashtag\n";
    const document = readMarkdown("a.md", text);
    expect(document.text).toBe(text);
    expect(document.headings.map(({ level, text: title }) => [level, title])).toEqual([
      [1, "One two"],
      [1, "Under"],
      [3, "Link code"],
    ]);
    for (const { start } of document.headings) expect(start === 0 || text[start - 1] === "\n").toBe(true);
  });

  test("a place in it is the line of the file", () => {
    const document = readMarkdown("a.md", "one\ntwo\nthree");
    expect([0, 3, 4, 8, 13].map((offset) => placeOf(document, offset).number)).toEqual([1, 1, 2, 3, 3]);
    expect(formatPlace(document, 9)).toBe("a.md:3");
  });
});

describe("HTML", () => {
  const source = `<!doctype html><title>Handbook</title>
<script>var hidden = 1</script><nav>Menu</nav>
<h2>Leave &amp; rest</h2>
<p>Thirty <b>days</b>
a year.</p><ul><li>One<li>Two</ul>
<table><tr><th>Place<th>Days<tr><td>Wuhan<td>15</table><pre>  x = 1
  y = 2</pre><div hidden>secret</div>`;

  test("becomes its text, a line for each block, without what is not read", () => {
    expect(readHtml("a.html", source).text).toBe(
      "Leave & rest\n\nThirty days a year.\n\n- One\n- Two\n\nPlace | Days\nWuhan | 15\n\n  x = 1\n  y = 2",
    );
  });

  test("has its headings, under the title of the page", () => {
    expect(readHtml("a.html", source).headings.map(({ level, text, start }) => [level, text, start])).toEqual([
      [1, "Handbook", 0],
      [2, "Leave & rest", 0],
    ]);
  });

  test("a place in it is the line of the file", () => {
    const document = readHtml("a.html", source);
    const lineOf = (words: string): number => placeOf(document, document.text.indexOf(words)).number;
    expect(["Leave", "Thirty", "Two", "Wuhan"].map(lineOf)).toEqual([3, 4, 5, 6]);
  });
});

/** A PDF of pages of text, by the specification (ISO 32000-1, 7.5): what a program writes that knows nothing of PDF.js. */
function pdfOf(pages: readonly string[]): Uint8Array {
  const font = 3 + 2 * pages.length;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${pages.map((_, index) => `${3 + 2 * index} 0 R`).join(" ")}] /Count ${pages.length} >>`,
    ...pages.flatMap((text, index) => {
      const content = `BT /F1 12 Tf 72 720 Td 14 TL ${text
        .split("\n")
        .map((line) => `(${line}) Tj T*`)
        .join(" ")} ET`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${4 + 2 * index} 0 R /Resources << /Font << /F1 ${font} 0 R >> >> >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return new TextEncoder().encode(file);
}

describe("PDF", () => {
  test("has the text of its pages, and places are pages; a word divided at the end of a line is joined", async () => {
    const file = write("report.pdf", pdfOf(["Rivers rise in spring. The fore-\ncast is daily.", "Probes measure."]));
    const document = await loadDocument(file, { id: "report.pdf" });
    expect(document.text).toBe("Rivers rise in spring. The forecast is daily.\n\nProbes measure.");
    expect(formatPlace(document, document.text.indexOf("Probes"))).toBe("report.pdf, page 2");
  });

  test("printed by Chromium, whose fonts turn characters into radicals, has the characters of the page", async () => {
    const file = write("handbook.pdf", readFileSync("test/rag/fixtures/chromium.pdf"));
    expect((await loadDocument(file)).text).toContain("报销须在三十天内录入系统。");
    expect((await loadDocument(file)).text).toContain("第二页：八十元。");
  });

  test("that is none is an error with a remedy", async () => {
    await expect(loadDocument(write("broken.pdf", "%PDF-1.4 nothing"), { id: "broken.pdf" })).rejects.toThrow(
      /broken.pdf cannot be read as a PDF/,
    );
  });
});

test("text has no headings, and keeps every character", async () => {
  expect(await loadDocument(write("a.txt", "\uFEFFfirst\r\n第二行\n"), { id: "a" })).toEqual({
    id: "a",
    text: "first\r\n第二行\n",
    headings: [],
  });
});

test("what is not UTF-8, of another kind or not there is refused with the reason", async () => {
  await expect(loadDocument(write("gbk.txt", Uint8Array.of(0xb1, 0xa8, 0xcf, 0xfa)))).rejects.toMatchObject({ code: "ERR_FORMAT" });
  await expect(loadDocument(write("a.png", "x"))).rejects.toThrow(/of a kind that is not read/);
  await expect(loadDocument(path.join(folder, "none.md"))).rejects.toMatchObject({ code: "ERR_UNAVAILABLE", facts: { reason: "ENOENT" } });
});
