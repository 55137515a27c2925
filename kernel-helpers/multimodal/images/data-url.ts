/** Images within messages: data: URLs (RFC 2397), as OpenAI's API takes them. */
import { ArgumentError } from "../../errors.ts";
import type { ImagePart } from "../../llm/index.ts";
import { checkInstance, checkText } from "../../runtime/check.ts";
import { readImage } from "./read.ts";
import { RgbImage } from "./rgb-image.ts";

/** Pixels of an image in a message, at most: a small file can claim an enormous one. */
const mostPixels = 16_000_000;

/**
 * An image as a part of a message, for our models and for any endpoint of OpenAI's form.
 *
 * @example
 * model.chat([{ role: 'user', content: [imagePart(await readImage('photo.jpg')), { type: 'text', text: 'What is this?' }] }])
 */
export function imagePart(image: RgbImage): ImagePart {
  checkInstance("image", image, RgbImage, { hint: "read it with readImage()" });
  return { type: "image_url", image_url: { url: `data:image/png;base64,${Buffer.from(image.png()).toString("base64")}` } };
}

/** @throws {ArgumentError} It is another URL, which is not fetched, or not an image. */
export async function readDataUrl(url: string): Promise<RgbImage> {
  const [, content] = /^data:image\/[a-z0-9.+-]+;base64,([A-Za-z0-9+/\s]+={0,2}\s*)$/.exec(checkText("url", url)) ?? [];
  if (content === undefined) {
    throw new ArgumentError(
      `an image is given as data:image/png;base64,…, not as ${JSON.stringify(`${url.slice(0, 40)}${url.length > 40 ? "…" : ""}`)}`,
      {
        hint: "make it with imagePart(); no address is fetched",
        facts: { argument: "image_url.url" },
      },
    );
  }
  try {
    return await readImage(Buffer.from(content, "base64"), { maxPixels: mostPixels });
  } catch (cause) {
    throw new ArgumentError(`the image of a message cannot be read: ${(cause as Error).message.split("\n")[0]}`, {
      hint: "is it whole, and a PNG, JPEG, WebP or GIF file?",
      cause,
      facts: { argument: "image_url.url" },
    });
  }
}
