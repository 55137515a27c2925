/** A real model, SmolLM2-135M-Instruct, in our agent and under the AI SDK and LangChain: too small to be right, but held to be valid. */
import { generateText, Output } from "ai";
import { createAgent, calculator, reactPrompt } from "kernel-helpers/agents";
import { toAiSdkModel } from "kernel-helpers/aisdk";
import { toLangChainModel } from "kernel-helpers/langchain";
import { LanguageModel } from "kernel-helpers/llm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

let model: LanguageModel;
beforeAll(async () => {
  model = await LanguageModel.load("SmolLM2-135M-Instruct");
});
afterAll(() => model.close());

test("by ReAct's prompt it is shown the tools, and its run ends for a reason, with every token counted", async () => {
  const agent = createAgent({ model: reactPrompt(model), tools: [calculator()], maxSteps: 2, maxNewTokens: 32 });
  const { finishReason, usage, steps, trace } = await agent.run("What is 12 * 34?");
  expect(["stop", "length", "max-steps", "empty"]).toContain(finishReason);
  expect(usage.inputTokens).toBeGreaterThan(200);
  expect(usage.outputTokens).toBeLessThanOrEqual(32 * steps);
  expect(trace.filter(({ kind }) => kind === "model")).toHaveLength(steps);
});

test("without tools it is refused as a model that calls them, by a name of its own", async () => {
  await expect(createAgent({ model, tools: [calculator()] }).run("12 * 34?")).rejects.toThrow(
    "the chat template of SmolLM2-135M-Instruct has no place for tools",
  );
});

test("under the AI SDK its answer fits the schema, for the model is held to it", async () => {
  const schema = z.object({ mood: z.enum(["glad", "sad"]), stars: z.int().min(1).max(5) });
  const { output, usage, finishReason } = await generateText({ model: toAiSdkModel(model), prompt: "The tent leaks. What mood, how many stars?", output: Output.object({ schema }), maxOutputTokens: 40, temperature: 1, seed: 3 }); // prettier-ignore
  expect(schema.safeParse(output).success).toBe(true);
  expect([finishReason, usage.outputTokens! > 0]).toEqual(["stop", true]);
});

test("under LangChain it says the same as by itself", async () => {
  let text = "";
  for await (const part of model.chat([{ role: "user", content: "Count to three." }], { temperature: 0, maxNewTokens: 12 }))
    if (part.type === "text") text += part.text;
  expect((await toLangChainModel(model, { maxNewTokens: 12 }).invoke("Count to three.")).text).toBe(text);
});
