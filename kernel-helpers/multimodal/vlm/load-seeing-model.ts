/** A language model with the eyes that it was taught to use. */
import { existsSync } from "node:fs";
import path from "node:path";
import { FormatError, UnavailableError } from "../../errors.ts";
import { LanguageModel, type LoadModelOptions } from "../../llm/index.ts";
import { checkText, isPlainObject } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { readUtf8 } from "../../runtime/text-file.ts";
import { loadModel } from "../../train/index.ts";
import { loadClip } from "../clip/clip-file.ts";
import { ClipEyes } from "./clip-eyes.ts";
import { seeingTemplate } from "./conversation.ts";
import { Projector } from "./projector.ts";
import { seeingFiles } from "./taught-model.ts";

/** Whether a folder holds what TaughtModel.save writes. */
export const isSeeingFolder = (place: string): boolean => existsSync(path.join(place, seeingFiles.description));

/**
 * Opens what `teachToSee(…)` has saved: a LanguageModel whose messages may show images. Give it back with close().
 *
 * @throws {UnavailableError} There is no such folder, or its language model cannot be fetched.
 * @throws {FormatError} The folder holds something else.
 * @example
 * const model = await loadSeeingModel('eyes')
 * const content = [imagePart(picture), { type: 'text', text: 'What colour is the circle?' }]
 * for await (const part of model.chat([{ role: 'user', content }], { temperature: 0 })) …
 */
export async function loadSeeingModel(
  folder: string,
  options: Omit<LoadModelOptions, "adapter" | "chatTemplate" | "eyes"> = {},
): Promise<LanguageModel> {
  const { base, width, hasAdapter } = await describe(folder);
  const clip = await loadClip(path.join(folder, seeingFiles.clip));
  const projector = await loadModel(new Projector(clip.options.width, width, { seed: 0 }), path.join(folder, seeingFiles.projector));
  const eyes = new ClipEyes(clip, projector);
  try {
    return await LanguageModel.load(base, { ...options, ...(hasAdapter && { adapter: folder }), chatTemplate: seeingTemplate, eyes });
  } catch (error) {
    eyes.close();
    throw error;
  }
}

/** The name or path of the language model that a folder's eyes belong to. */
export const seeingBase = async (folder: string): Promise<string> => (await describe(folder)).base;

async function describe(folder: string): Promise<{ base: string; width: number; hasAdapter: boolean }> {
  if (!isSeeingFolder(checkText("folder", folder, { allowEmpty: false }))) {
    throw new UnavailableError(`${folder} is not the folder of a seeing model`, {
      hint: "write one with (await teachToSee(…)).save(folder)",
      facts: { folder },
    });
  }
  const file = path.join(folder, seeingFiles.description);
  const description = parseJson(await readUtf8(file), { file });
  const { base, width, hasAdapter } = isPlainObject(description) ? description : {};
  if (typeof base === "string" && typeof width === "number" && typeof hasAdapter === "boolean") return { base, width, hasAdapter };
  throw new FormatError(`${file} does not describe a seeing model`, { hint: "save it again", facts: { file } });
}
