/** Pictures from files and bytes as outputs of a cell, of the kinds that every notebook program shows. */
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError, FormatError } from "../errors.ts";
import { argumentError, checkNumber, checkOptions, checkText } from "../runtime/check.ts";
import type { MimeBundle } from "../runtime/display.ts";
import { displayable, escapeHtml, type Displayable } from "../runtime/printable.ts";
import { withNamespace } from "./rich-text.ts";

export interface ImageOptions {
  /** What the picture shows, for those who do not see it. @default its file's name, or its kind and size */
  alt?: string;
  /** In pixels. @default its own */
  width?: number;
  /** Type of a picture whose content is none of the kinds that are recognised, such as "image/avif". */
  mime?: string;
}

/** First bytes, in Latin-1, of the kinds that can be shown. */
const shownKinds: readonly (readonly [type: string, start: RegExp])[] = [
  // oxlint-disable-next-line no-control-regex -- these are bytes
  ["image/png", /^\x89PNG\r\n\x1a\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
  ["image/svg+xml", /^(?:\xef\xbb\xbf)?(?:<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^<>]*>|\s)*<svg\b/i],
];

/** And of some that are mistaken for them. */
const otherKinds: readonly (readonly [name: string, start: RegExp])[] = [
  ["a PDF", /^%PDF/],
  ["a BMP picture", /^BM/],
  ["a TIFF picture", /^(?:II\*\0|MM\0\*)/],
  ["an AVIF picture", /^[^]{4}ftypavi[fs]/],
  ["a HEIC picture", /^[^]{4}ftyp(?:hei[cx]|mif1)/],
  ["an MP4 film", /^[^]{4}ftyp/],
  // oxlint-disable-next-line no-control-regex -- these are bytes
  ["a ZIP archive", /^PK\x03\x04/],
  ["an HTML page", /^\s*<(?:!doctype html|html)\b/i],
];

/** Enough for the prologue of an SVG. */
const startLength = 4096;

/**
 * A picture as the output of a cell: PNG, JPEG, GIF, WebP or SVG, recognised by its content.
 *
 * @param source Its bytes, the path of its file, or a `file:` URL.
 * @throws {FormatError} It is of another kind.
 * @example
 * const dot = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
 * image(dot, { alt: 'a dot', width: 40 })   // a file: image('diagram.png'), from the web: image(await (await fetch(address)).arrayBuffer())
 */
export function image(source: string | URL | Uint8Array | ArrayBuffer, options: ImageOptions = {}): Displayable {
  checkOptions("options", options, ["alt", "width", "mime"]);
  const { width, mime } = options;
  if (options.alt !== undefined) checkText("alt", options.alt, { allowEmpty: true });
  if (width !== undefined) checkNumber("width", width, { above: 0, hint: "pass a width in pixels, or leave it out" });
  if (mime !== undefined && !/^image\/[\w.+-]+$/.test(checkText("mime", mime))) {
    throw argumentError("mime", "a type of picture", mime, { hint: 'pass one such as "image/avif"' });
  }
  const { bytes, name } = read(source);
  const type = typeOf(bytes, name ?? "the picture", mime);
  const alt = options.alt ?? name ?? `${type.slice("image/".length).replace("+xml", "").toUpperCase()} picture, ${bytes.length} bytes`;
  return displayable({}, () => bundleOf(type, bytes, alt, width), width === undefined ? {} : { [type]: { width } });
}

function read(source: string | URL | Uint8Array | ArrayBuffer): { bytes: Buffer; name?: string } {
  if (source instanceof ArrayBuffer) return { bytes: Buffer.from(source) };
  if (source instanceof Uint8Array) return { bytes: Buffer.from(source.buffer, source.byteOffset, source.byteLength) };
  const isAddress =
    source instanceof URL ? source.protocol !== "file:" : typeof source === "string" && /^(?:https?|data|blob):/i.test(source);
  if (isAddress) {
    const hint = "fetch it first: image(await (await fetch(address)).arrayBuffer())";
    throw new ArgumentError(`${String(source).slice(0, 80)} is an address, and image reads files`, { hint });
  }
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw argumentError("source", "bytes, a path or a file: URL", source, {
      hint: "pass what readFileSync or fetch returns, or the path itself",
    });
  }
  if (typeof source === "string" && /^\s*</.test(source)) {
    throw new ArgumentError(`"${source.trim().slice(0, 20)}…" is a document, not the path of one`, {
      hint: "show it with svg(text) or html(text)",
    });
  }
  const path = source instanceof URL ? pathOf(source) : resolve(source);
  try {
    return { bytes: readFileSync(path), name: basename(path) };
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = isMissing ? `there is no file ${path}` : `${path} cannot be read: ${(cause as Error).message}`;
    throw new ArgumentError(message, { hint: "give its path from the notebook's folder, or a whole one", cause });
  }
}

function pathOf(address: URL): string {
  try {
    return fileURLToPath(address);
  } catch {
    throw argumentError("source", "the address of a file on this machine", String(address), {
      hint: "pass a URL such as file:///folder/picture.png",
    });
  }
}

function typeOf(bytes: Buffer, name: string, mime: string | undefined): string {
  const start = bytes.toString("latin1", 0, startLength);
  const found = shownKinds.find(([, pattern]) => pattern.test(start))?.[0];
  if (found !== undefined && mime !== undefined && found !== mime) {
    throw new ArgumentError(`${name} is ${found}, not ${mime}`, { hint: "leave mime out: the content says what it is" });
  }
  const type = found ?? mime;
  if (type !== undefined) return type;
  const other = otherKinds.find(([, pattern]) => pattern.test(start))?.[0];
  const what =
    bytes.length === 0
      ? "is empty"
      : other
        ? `is ${other}`
        : `is not a picture: it begins with ${[...bytes.subarray(0, 8)].map(hex).join(" ")}`;
  throw new FormatError(`${name} ${what}`, {
    hint: "PNG, JPEG, GIF, WebP and SVG can be shown; convert it, or name its type with mime if your browser knows it",
  });
}

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

function bundleOf(type: string, bytes: Buffer, alt: string, width: number | undefined): MimeBundle {
  if (type === "image/svg+xml")
    return { [type]: wide(withNamespace(bytes.toString("utf8").replace(/^\ufeff/, "")), width), "text/plain": alt };
  const data = bytes.toString("base64");
  if (type === "image/png" || type === "image/jpeg") return { [type]: data, "text/plain": alt };
  // nbconvert does not know other types; as a picture in HTML, all are shown everywhere.
  const size = width === undefined ? "" : ` width="${Math.round(width)}"`;
  return { "text/html": `<img src="data:${type};base64,${data}" alt="${escapeHtml(alt)}"${size}>`, "text/plain": alt };
}

/** An SVG of another width, in its own proportions: programs take the width from the drawing itself. */
function wide(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  return text.replace(/<svg\b[^<>]*>/i, (tag) => {
    const own = (name: string): number => Number.parseFloat(new RegExp(`\\s${name}\\s*=\\s*["']([\\d.]+)(?:px)?["']`).exec(tag)?.[1] ?? "");
    const [ownWidth, ownHeight] = [own("width"), own("height")];
    const hasBox = /\sviewBox\s*=/.test(tag);
    const box = hasBox || !(ownWidth > 0 && ownHeight > 0) ? "" : ` viewBox="0 0 ${ownWidth} ${ownHeight}"`;
    const bare = tag.replace(/\s(?:width|height)\s*=\s*(?:"[^"]*"|'[^']*')/g, "");
    return bare.replace(/^<svg/i, `$& width="${Math.round(width)}"${box}`);
  });
}
