/** Pages with text on them, made of pixels: what OCR can be measured on, as it is known what they say. */
import { ArgumentError } from "../../errors.ts";
import { checkArray, checkInteger, checkNumber, checkOptions, checkText } from "../../runtime/check.ts";
import { fetchDataset } from "../../models/index.ts";
import { RgbImage } from "./rgb-image.ts";

/** A text and where it stands. */
export interface PageText {
  text: string;
  /** Of its upper left corner, in pixels. */
  left: number;
  top: number;
  /** Where its lines are broken, in pixels. @default as far from the page's right edge as the text is from the left, 40 at most */
  width?: number;
  /** Height of the letters, in pixels. @default 20 */
  size?: number;
}

export interface RenderPageOptions {
  width: number;
  height: number;
  texts: readonly PageText[];
  /** A weight of Noto Sans Hans, which is fetched at the first time (37 MB). @default "Regular" */
  weight?: "Regular" | "Light" | "Bold";
}

/**
 * Dark text on white, as Pango sets it.
 *
 * @throws {ArgumentError} A text does not fit on the page.
 * @example
 * const page = await renderPage({ width: 640, height: 200, texts: [{ text: '请走左边\nKeep left', left: 40, top: 40, size: 32 }] })
 */
export async function renderPage(options: RenderPageOptions): Promise<RgbImage> {
  checkOptions("options", options, ["width", "height", "texts", "weight"]);
  const width = checkInteger("width", options.width, { min: 16, max: 20_000 });
  const height = checkInteger("height", options.height, { min: 16, max: 20_000 });
  const texts = checkArray("texts", options.texts, (_name, item) => item as PageText, { allowEmpty: false });
  const weight = options.weight ?? "Regular";
  const { files } = await fetchDataset("noto-sans-hans");
  const { default: sharp } = await import("sharp");
  const layers = [];
  for (const [index, part] of texts.entries()) {
    const { text, left, top, size = 20, width: room = width - left - Math.min(left, 40) } = part;
    checkText(`texts[${index}].text`, text);
    checkNumber(`texts[${index}].size`, size, { min: 4, max: 1000 });
    const { data, info } = await sharp({
      text: {
        text: `<span foreground="#202020">${escapeMarkup(text)}</span>`,
        font: `Noto Sans Hans ${weight} ${size}`,
        fontfile: files[`NotoSansHans-${weight}.otf`]!,
        width: checkInteger(`texts[${index}].width`, room, { min: 1 }),
        dpi: 72, // so that a point is a pixel
        spacing: Math.round(size * 0.35),
        rgba: true,
        wrap: "word-char",
      },
    })
      .png()
      .toBuffer({ resolveWithObject: true });
    if (left + info.width > width || top + info.height > height) {
      throw new ArgumentError(`texts[${index}] takes ${info.width} × ${info.height} pixels from (${left}, ${top}) on`, {
        hint: `make the page of ${width} × ${height} larger, or the text smaller`,
        facts: { argument: `texts[${index}]`, width: info.width, height: info.height },
      });
    }
    layers.push({ input: data, left, top });
  }
  const page = sharp({ create: { width, height, channels: 3, background: "white" } }).composite(layers);
  const { data } = await page.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return new RgbImage(new Uint8Array(data), { width, height });
}

const escapeMarkup = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
