/** Calls that a model is held to: whatever its weights are, they are JSON of the tool's schema. A random model writes noise wherever it may. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createAgent, defineTool } from "../../kernel-helpers/agents/index.ts";
import type { GgufMetadata } from "../../kernel-helpers/checkpoints/index.ts";
import { LanguageModel } from "../../kernel-helpers/llm/index.ts";
import { toAlphabet } from "../../kernel-helpers/tokenizer/byte-alphabet.ts";
import { writeTinyModel } from "../llm/tiny-model.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-agents-"));
let noise: LanguageModel;
beforeAll(async () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => toAlphabet(Uint8Array.of(byte)));
  const metadata: GgufMetadata = {
    "tokenizer.ggml.model": { type: "string", value: "gpt2" },
    "tokenizer.ggml.pre": { type: "string", value: "smollm" },
    "tokenizer.ggml.tokens": { type: "array", of: "string", value: bytes },
    "tokenizer.ggml.merges": { type: "array", of: "string", value: [] },
    "tokenizer.chat_template": {
      type: "string",
      value: "{{ tools | length }}{% for message in messages %}{{ message.content }}\n{% endfor %}",
    },
  };
  noise = await LanguageModel.load(await writeTinyModel(folder, "noise", { vocabulary: 256, contextLength: 4096, metadata }));
});
afterAll(async () => {
  await noise?.close();
  rmSync(folder, { recursive: true });
});

const order = defineTool({
  name: "order",
  description: "Orders a product",
  parameters: z.object({ product: z.string().regex(/^p[0-9]{3}$/), quantity: z.int().min(1).max(9), note: z.string().max(12).optional() }),
  run: () => "ordered",
});
const light = defineTool({
  name: "light",
  description: "Switches a light",
  parameters: {
    type: "object",
    properties: { room: { enum: ["kitchen", "hall"] }, on: { type: "boolean" } },
    required: ["room", "on"],
    additionalProperties: false,
  },
  run: () => "switched",
});

describe("a random model that is held to calls", () => {
  test("makes none but valid ones, whatever the seed", async () => {
    let calls = 0;
    for (const seed of [1, 2, 3]) {
      const agent = createAgent({
        model: noise,
        tools: [order, light],
        toolChoice: "required",
        sampling: { temperature: 1.5, seed },
        maxSteps: 2,
        maxNewTokens: 300,
      });
      const { results, finishReason } = await agent.run("Order something");
      expect(["max-steps", "stop", "length"]).toContain(finishReason);
      expect(results.map(({ error }) => error)).toEqual(results.map(() => undefined));
      calls += results.length;
    }
    expect(calls).toBeGreaterThan(0);
  });

  test("writes none where it is free to write text", async () => {
    const agent = createAgent({
      model: noise,
      tools: [order],
      toolChoice: "auto",
      sampling: { temperature: 1, seed: 1 },
      maxNewTokens: 60,
    });
    expect(await agent.run("Order something")).toMatchObject({ results: [], finishReason: "length" });
  });
});
