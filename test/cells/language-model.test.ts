/** A language model in cells: it computes beside the kernel, and ■ ends an answer between two tokens. */
import { expect, test } from "vitest";
import { useCells } from "./cells.ts";

const cells = useCells();

test("■ ends an answer, and the model gives others", async () => {
  await cells.pass(`import { LanguageModel } from "kernel-helpers/llm"
const model = await LanguageModel.load("SmolLM2-135M-Instruct")
const answer = async (maxNewTokens: number) => {
  let text = ""
  for await (const part of model.generate("One day", { temperature: 0, maxNewTokens })) {
    if (part.type === "text") text += part.text
    console.log(text.length)
  }
  return text
}`);
  const id = await cells.kernel.submit("await answer(5000)");
  await cells.kernel.until(() => cells.kernel.published(id).some(({ type }) => type === "stream"));
  await cells.kernel.request("control", "interrupt_request", {});
  expect((await cells.kernel.finished(id)).reply).toMatchObject({ status: "error", ename: "Interrupted" });
  expect(await cells.value("(await answer(4)).length > 4")).toBe("true");
  await cells.pass("await model.close()");
}, 120_000);
