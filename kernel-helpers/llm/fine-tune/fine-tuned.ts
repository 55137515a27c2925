import { mkdir } from "node:fs/promises";
import path from "node:path";
import { argumentError, checkChoice, checkObject, checkOptions, checkText } from "../../runtime/check.ts";
import { displayable } from "../../runtime/printable.ts";
import type { TrainingHistory, TrainingRun } from "../../train/index.ts";
import type { Llama } from "../llama/llama.ts";
import { writeAdapter } from "./adapter-files.ts";
import type { Base } from "./base.ts";
import { exportDTypes, writeModelGguf, type ExportDType } from "./export-gguf.ts";
import { writeHubFolder } from "./hub-folder.ts";
import { mergedWeights } from "./merge.ts";
import type { CheckedOptions } from "./options.ts";

export interface ExportGgufOptions {
  /** Type of the matrices in the file. @default "q8_0" */
  dtype?: ExportDType;
}

/** A model that has learnt from examples. */
export class FineTuned {
  /** The name or path of the model that it began with. */
  readonly base: string;
  readonly method: "lora" | "qlora" | "full";
  /** The model itself: its forward takes ids and returns logits. */
  readonly model: Llama;
  /** How the training went. */
  readonly run: TrainingRun;
  readonly #base: Base;
  readonly #options: CheckedOptions;

  /** @internal */
  constructor(base: Base, model: Llama, options: CheckedOptions, run: TrainingRun) {
    this.base = base.name;
    this.method = options.method;
    this.model = model.eval();
    this.run = run;
    this.#base = base;
    this.#options = options;
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /** Losses by step, and what was measured. */
  get history(): TrainingHistory {
    return this.run.history;
  }

  /** How many numbers were learnt. */
  get trainedParameters(): number {
    const parameters = Object.entries(this.model.parameters());
    const counted = this.method === "full" ? parameters : parameters.filter(([name]) => name.includes(".lora_"));
    return counted.reduce((total, [, { size }]) => total + size, 0);
  }

  /**
   * Writes what was learnt into a folder: an adapter as adapter_config.json and adapter_model.safetensors, which peft opens; a whole model as
   * saveMerged writes it. LanguageModel.load opens either.
   */
  async save(folder: string): Promise<void> {
    if (this.method === "full") return this.saveMerged(folder);
    await makeFolder(folder);
    await writeAdapter(folder, this.model, { ...this.#options, base: this.base });
  }

  /** Writes the whole model, adapters added to its weights, as the hub has it: config.json, model.safetensors, tokenizer files. */
  async saveMerged(folder: string): Promise<void> {
    await makeFolder(folder);
    await writeHubFolder(folder, this.#base, mergedWeights(this.model));
  }

  /**
   * Writes the whole model, adapters added to its weights, as a GGUF file with tokenizer and chat template: llama.cpp opens it.
   *
   * @throws {ArgumentError} The type is not one that can be written.
   */
  async exportGguf(file: string, options: ExportGgufOptions = {}): Promise<void> {
    checkText("file", file, { allowEmpty: false, hint: "pass the path of the file to write, such as tuned.gguf" });
    if (!file.endsWith(".gguf")) throw argumentError("file", "a path that ends in .gguf", file);
    checkOptions("exportGguf", checkObject("options", options, { hint: "pass { dtype: 'q8_0' }" }), ["dtype"]);
    const { dtype = "q8_0" } = options;
    checkChoice("dtype", dtype, exportDTypes);
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await writeModelGguf(file, this.#base, mergedWeights(this.model), dtype);
  }

  toString(): string {
    const kind =
      this.method === "full"
        ? "all weights"
        : `${this.method === "qlora" ? "QLoRA" : "LoRA"}, rank ${this.#options.rank}, alpha ${this.#options.alpha}`;
    return `FineTuned(${this.base}: ${kind}, ${this.trainedParameters.toLocaleString("en")} parameters learnt in ${this.run.steps} steps)`;
  }
}

export async function makeFolder(folder: string): Promise<void> {
  checkText("folder", folder, { allowEmpty: false, hint: "pass the path of a folder; it is made if need be" });
  await mkdir(folder, { recursive: true });
}
