/** What messages hold: text, or pieces of which some are images. */
import { argumentError, checkArray, checkObject, checkText } from "../runtime/check.ts";
import type { ContentPart, ImagePart, MultimodalMessage } from "./chat-model.ts";

/** @throws {ArgumentError} It is neither text nor a list of pieces of OpenAI's form, or a message that is not the user's shows an image. */
export function checkContent(name: string, role: unknown, content: unknown): void {
  if (!Array.isArray(content)) {
    checkText(name, content);
    return;
  }
  checkArray(
    name,
    content,
    (at, part) => {
      const { type, text, image_url: image } = checkObject(at, part, { hint: 'pass { type: "text", text: "…" }' });
      if (type === "text") checkText(`${at}.text`, text);
      else if (type !== "image_url") throw argumentError(`${at}.type`, '"text" or "image_url"', type);
      else if (role !== "user") throw argumentError(`${name.replace(/\.content$/, "")}.role`, '"user" where an image is shown', role);
      else checkText(`${at}.image_url.url`, checkObject(`${at}.image_url`, image, { hint: "pass { url }" })["url"], { allowEmpty: false });
    },
    { allowEmpty: false },
  );
}

export const partsOf = (content: MultimodalMessage["content"]): readonly ContentPart[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

export const isImage = (part: ContentPart): part is ImagePart => part.type === "image_url";
