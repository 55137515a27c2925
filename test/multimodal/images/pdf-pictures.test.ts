import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { FormatError, UnavailableError } from "../../../kernel-helpers/errors.ts";
import { readPdfPictures } from "../../../kernel-helpers/multimodal/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-pdf-"));
const place = (name: string): string => path.join(folder, name);

/** A page for each list of pictures (ISO 32000-1, 7.5): objects, a table of where they begin, a trailer. */
function pdfOf(
  pages: readonly (readonly { width: number; height: number; colours: "DeviceRGB" | "DeviceGray"; data: Uint8Array }[])[],
): Buffer {
  const objects: Buffer[] = [Buffer.from("<< /Type /Catalog /Pages 2 0 R >>"), Buffer.alloc(0)];
  const add = (head: string, body?: Buffer): number =>
    objects.push(body ? Buffer.concat([Buffer.from(`<< ${head} /Length ${body.length} >>\nstream\n`), body, Buffer.from("\nendstream")]) : Buffer.from(`<< ${head} >>`)); // prettier-ignore
  const kids = pages.map((pictures) => {
    const names = pictures.map(({ width, height, colours, data }, index) => {
      const id = add(`/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /${colours} /BitsPerComponent 8 /Filter /FlateDecode`, deflateSync(data)); // prettier-ignore
      return { name: `I${index}`, id };
    });
    const drawn = add("", Buffer.from(names.map(({ name }, at) => `q 50 0 0 50 ${60 * at} 0 cm /${name} Do Q`).join("\n")));
    const resources = names.map(({ name, id }) => `/${name} ${id} 0 R`).join(" ");
    return add(`/Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents ${drawn} 0 R /Resources << /XObject << ${resources} >> >>`);
  });
  objects[1] = Buffer.from(`<< /Type /Pages /Count ${kids.length} /Kids [${kids.map((id) => `${id} 0 R`).join(" ")}] >>`);
  let file = Buffer.from("%PDF-1.4\n");
  const starts = objects.map((object, index) => {
    const start = file.length;
    file = Buffer.concat([file, Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from("\nendobj\n")]);
    return start;
  });
  const table = starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("");
  return Buffer.concat([file, Buffer.from(`xref\n0 ${starts.length + 1}\n0000000000 65535 f \n${table}trailer << /Size ${starts.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`)]); // prettier-ignore
}

test("the pictures of a PDF come with their pages and their pixels", async () => {
  const colours = Uint8Array.from({ length: 20 * 10 * 3 }, (_, at) => (at * 7) % 256);
  const grey = Uint8Array.from({ length: 16 * 16 }, (_, at) => at);
  const bytes = pdfOf([[], [{ width: 20, height: 10, colours: "DeviceRGB", data: colours }, { width: 16, height: 16, colours: "DeviceGray", data: grey }]]); // prettier-ignore
  writeFileSync(place("two.pdf"), bytes);
  const pictures = await readPdfPictures(place("two.pdf"));
  expect(pictures.map(({ page, image }) => [page, image.width, image.height])).toEqual([
    [2, 20, 10],
    [2, 16, 16],
  ]);
  expect(pictures[0]!.image.data).toEqual(colours);
  expect(pictures[1]!.image.data).toEqual(Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => grey[Math.floor(at / 3)]!));
});

test("what is not a PDF, or not there, is said with its name", async () => {
  writeFileSync(place("no.pdf"), "not a PDF");
  await expect(readPdfPictures(place("no.pdf"))).rejects.toThrow(FormatError);
  await expect(readPdfPictures(place("missing.pdf"))).rejects.toThrow(UnavailableError);
});
