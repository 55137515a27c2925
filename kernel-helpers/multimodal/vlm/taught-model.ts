/** A language model that was taught to see, before it is written into a folder. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { writeAdapter, type AdapterSettings, type Llama } from "../../llm/index.ts";
import { checkText } from "../../runtime/check.ts";
import { replaceFile } from "../../runtime/files.ts";
import { saveModel, type TrainingRun } from "../../train/index.ts";
import type { Clip } from "../clip/clip.ts";
import { saveClip } from "../clip/clip-file.ts";
import type { SeeingModel } from "./seeing-model.ts";

interface Parts {
  base: { name: string };
  clip: Clip;
  llama: Llama;
  model: SeeingModel;
  settings: AdapterSettings | undefined;
  runs: readonly TrainingRun[];
}

/** What a folder of a seeing model holds beside the adapter's files. */
export const seeingFiles = { description: "seeing.json", clip: "clip.safetensors", projector: "projector.safetensors" } as const;

export class TaughtModel {
  /** What has learnt; its forward pass is that of the training. */
  readonly model: SeeingModel;
  /** Whose image tower sees. */
  readonly clip: Clip;
  /** How each stage went. */
  readonly runs: readonly TrainingRun[];
  readonly #parts: Parts;

  /** @internal */
  constructor(parts: Parts) {
    this.model = parts.model;
    this.clip = parts.clip;
    this.runs = parts.runs;
    this.#parts = parts;
  }

  /** Writes all but the language model's own weights into a folder: the adapter as peft has it, the tower, the projector. loadSeeingModel opens it. */
  async save(folder: string): Promise<void> {
    const { base, clip, llama, model, settings } = this.#parts;
    await mkdir(checkText("folder", folder, { allowEmpty: false }), { recursive: true });
    await saveClip(clip, path.join(folder, seeingFiles.clip));
    await saveModel(model.projector, path.join(folder, seeingFiles.projector));
    if (settings) {
      model.adapters!.finish();
      await writeAdapter(folder, llama, { base: base.name, ...settings });
    }
    const description = { base: base.name, width: llama.config.width, hasAdapter: settings !== undefined };
    replaceFile(path.join(folder, seeingFiles.description), `${JSON.stringify(description, undefined, 2)}\n`);
  }
}
