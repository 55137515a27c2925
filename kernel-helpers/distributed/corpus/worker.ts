/** Embeds one block of a corpus after another, each into a file of its own. */
import { existsSync } from "node:fs";
import path from "node:path";
import { openSafetensors, writeSafetensors } from "../../checkpoints/index.ts";
import { SentenceEncoder } from "../../embeddings/index.ts";
import { answerFrames } from "../node/answer-frames.ts";
import { toDocument } from "./document.ts";
import type { WorkerSetup } from "./options.ts";

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
    const file = path.join(setup.folder, name as string);
    if (existsSync(file)) return [{ count: await countOf(file) }]; // by an actor that died before it could say so
    const documents = (lines as string)
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => toDocument(line, setup.fields));
    const texts = documents.map(({ text }) => text);
    const quiet = { onProgress: () => {}, ...(setup.prompt !== undefined && { prompt: setup.prompt }) };
    const { rows, cols, data } = await encoder.encode(texts, quiet);
    const metadata = {
      ids: JSON.stringify(documents.map(({ id }) => id)),
      metadata: JSON.stringify(documents.map((document) => document.metadata)),
    };
    await writeSafetensors(file, { vectors: { dtype: "F32", shape: [rows, cols], data } }, metadata);
    return [{ count: rows }];
  },
});

async function countOf(file: string): Promise<number> {
  await using checkpoint = await openSafetensors(file);
  return checkpoint.info("vectors").shape[0]!;
}
