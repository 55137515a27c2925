/** Models that are served on a device: what is refused there. */
import { expect, test } from "vitest";
import { LanguageModel } from "../../kernel-helpers/llm/index.ts";
import { serve } from "../../kernel-helpers/serve/index.ts";

const served = { id: "tiny", model: "tiny.gguf" };

test.each([
  [{ device: "cuda", slots: 4 }, "models[0].slots must be left out with a device other than the CPU, got 4"],
  [{ device: "webgpu", slotTokens: 4 }, "models[0].slotTokens must be left out with a device other than the CPU, got 4"],
])("a served model refuses %j", async (more, message) => {
  await expect(serve({ models: [{ ...served, ...more } as never], port: 0 })).rejects.toThrow(message);
});

test.each([
  [{ device: "gpu" }, 'device must be one of "auto", "cpu", "webgpu", "cuda", got "gpu"'],
  [{ device: "auto", eyes: { width: 8 } }, 'device must be "cpu" with eyes, got "auto"'],
  [{ device: "webgpu", slots: 2 }, 'slots must be left out with a device other than "cpu", got 2'],
])("LanguageModel refuses %j", async (options, message) => {
  await expect(LanguageModel.load("tiny.gguf", options as never)).rejects.toThrow(message);
});
