/** Embeds one block of a corpus after another, each into a file of its own. */
import path from "node:path";
import { writeSafetensors } from "../../checkpoints/index.ts";
import { SentenceEncoder } from "../../embeddings/index.ts";
import { FormatError } from "../../errors.ts";
import { isPlainObject, shown } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { answerFrames } from "../node/answer-frames.ts";
import type { WorkerSetup } from "./options.ts";

interface Document {
  id: string;
  text: string;
  metadata: Record<string, unknown>;
}

let setup: WorkerSetup;
let encoder: SentenceEncoder;

await answerFrames({
  async setup(head) {
    setup = head as unknown as WorkerSetup;
    const { dtype, dimension, device, threads } = setup;
    encoder = await SentenceEncoder.load(setup.model, { device, threads, ...(dtype && { dtype }), ...(dimension && { dimension }) });
    return [{}];
  },
  async embed({ name, lines }) {
    const documents = (lines as string)
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => toDocument(line));
    const texts = documents.map(({ text }) => text);
    const quiet = { onProgress: () => {}, ...(setup.prompt !== undefined && { prompt: setup.prompt }) };
    const { rows, cols, data } = await encoder.encode(texts, quiet);
    const metadata = {
      ids: JSON.stringify(documents.map(({ id }) => id)),
      metadata: JSON.stringify(documents.map((document) => document.metadata)),
    };
    await writeSafetensors(path.join(setup.folder, name as string), { vectors: { dtype: "F32", shape: [rows, cols], data } }, metadata);
    return [{ count: rows }];
  },
});

function toDocument(line: string): Document {
  const found = parseJson(line, { file: "the corpus", hint: "each line is a JSON object" });
  const { id: idField, text: textField, metadata } = setup.fields;
  const [id, text] = isPlainObject(found) ? [found[idField], found[textField]] : [];
  const isId = (typeof id === "string" && id !== "") || typeof id === "number";
  if (!isId || typeof text !== "string") {
    throw new FormatError(`a line of the corpus has no ${isId ? textField : idField}: ${shown(line.slice(0, 200))}`, {
      hint: "each line is an object with an id and a text; { fields } says what they are called",
    });
  }
  const kept = metadata.map((name) => [name, (found as Record<string, unknown>)[name]] as const).filter(([, value]) => value !== undefined);
  return { id: String(id), text, metadata: Object.fromEntries(kept) };
}
