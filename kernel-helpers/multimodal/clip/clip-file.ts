/** A CLIP pair as one safetensors file, whose header says what it was made with. */
import { openSafetensors } from "../../checkpoints/index.ts";
import { FormatError } from "../../errors.ts";
import { checkInstance, checkText, isPlainObject } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { loadModel, saveModel } from "../../train/index.ts";
import { Clip, type ClipOptions } from "./clip.ts";
import { WordVocabulary } from "./words.ts";

export async function saveClip(clip: Clip, file: string): Promise<void> {
  checkInstance("clip", clip, Clip);
  const { vocabulary, ...sizes } = clip.options;
  await saveModel(clip, checkText("file", file, { allowEmpty: false }), { clip: JSON.stringify({ words: vocabulary.words, ...sizes }) });
}

/** @throws {FormatError} The file was not written by saveClip. */
export async function loadClip(file: string): Promise<Clip> {
  const opened = await openSafetensors(checkText("file", file, { allowEmpty: false }));
  const { clip: header } = opened.metadata;
  await opened.close();
  const described = header === undefined ? undefined : parseJson(header, { file });
  if (!isPlainObject(described) || !Array.isArray(described["words"])) {
    throw new FormatError(`${file} does not say how its towers are made`, { hint: "write it with saveClip()", facts: { file } });
  }
  const { words, ...sizes } = described as unknown as Omit<ClipOptions, "vocabulary"> & { words: string[] };
  return loadModel(new Clip({ vocabulary: WordVocabulary.from(words), ...sizes }), file);
}
