/** The pictures of a PDF, as they are stored in it: what a reader of its text does not see. */
import { readFile } from "node:fs/promises";
import { FormatError } from "../../errors.ts";
import { checkText } from "../../runtime/check.ts";
import { unreadable } from "../../runtime/files.ts";
import { RgbImage } from "./rgb-image.ts";

export interface PdfPicture {
  /** From 1. */
  page: number;
  image: RgbImage;
}

/**
 * Pictures in the order of the pages, in the resolution of the file. A scanned page is one picture; drawings made of lines are none.
 *
 * @throws {UnavailableError} There is no such file.
 * @throws {FormatError} It is not a PDF. Facts: file.
 */
export async function readPdfPictures(file: string): Promise<PdfPicture[]> {
  checkText("file", file, { allowEmpty: false, hint: "pass the path of a PDF" });
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const { extractImages, getDocumentProxy } = await import("unpdf");
  const pictures: PdfPicture[] = [];
  try {
    const pdf = await getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0 }); // a copy, for PDF.js takes the buffer away
    try {
      for (let page = 1; page <= pdf.numPages; page++) {
        for (const { data, width, height, channels } of await extractImages(pdf, page)) {
          const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
            const channel = channels === 1 ? 0 : at % 3; // grey has one, and of four the last is how solid it is
            return data[Math.floor(at / 3) * channels + channel]!;
          });
          pictures.push({ page, image: new RgbImage(pixels, { width, height }) });
        }
      }
    } finally {
      await pdf.destroy();
    }
  } catch (cause) {
    throw new FormatError(`the pictures of ${file} cannot be read (${(cause as Error).message})`, {
      hint: "is it a PDF, whole and without a password?",
      cause,
      facts: { file },
    });
  }
  return pictures;
}
