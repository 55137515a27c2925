/** Questions to the reader: prompt and confirm stand still as in a browser, input is awaited. */
import { describe, expect, test } from "vitest";
import type { Execution } from "../kernel/launcher-client.ts";
import { useCells } from "./cells.ts";

const cells = useCells();

/** Runs a cell and answers its questions in order; gives the questions, too. */
async function answering(code: string, ...answers: string[]): Promise<{ execution: Execution; asked: object[] }> {
  const { kernel } = cells;
  const before = kernel.messages.length;
  const id = await kernel.submit(code, { allow_stdin: true });
  const asked = (): object[] =>
    kernel.messages.slice(before).flatMap(({ type, content, parent }) => (type === "input_request" && parent === id ? [content] : []));
  for (const [index, value] of answers.entries()) {
    await kernel.until(() => asked().length > index);
    await kernel.send("stdin", "input_reply", { status: "ok", value });
  }
  return { execution: await kernel.finished(id), asked: asked() };
}

const valueOf = ({ execution }: { execution: Execution }): unknown => execution.of("execute_result")[0]?.data["text/plain"];

describe("a cell", () => {
  test("awaits input, which may be hidden", async () => {
    const asked = await answering('await input("Name? ", { password: true })', "李白");
    expect([valueOf(asked), asked.asked]).toEqual(["'李白'", [{ prompt: "Name? ", password: true }]]);
  });

  test("stands still at prompt and confirm", async () => {
    const both = await answering('const who = prompt("Who?"); const sure = confirm("Sure?"); [who, sure, confirm("Really?")]', "Ada", "y", "");
    expect([valueOf(both), both.asked]).toEqual([
      "[ 'Ada', true, false ]",
      [
        { prompt: "Who? ", password: false },
        { prompt: "Sure? [y/N] ", password: false },
        { prompt: "Really? [y/N] ", password: false },
      ],
    ]);
    expect(valueOf(await answering('prompt("Size?", "10")', ""))).toBe("'10'");
  });

  test("that stands still is interrupted all the same", async () => {
    const { kernel } = cells;
    const id = await kernel.submit('console.log("asks"); prompt("Who?")', { allow_stdin: true });
    await kernel.until(() => kernel.messages.some(({ type, parent }) => type === "input_request" && parent === id));
    await kernel.request("control", "interrupt_request", {});
    expect((await kernel.finished(id)).reply.ename).toBe("Interrupted");
    expect(await cells.value("1 + 1")).toBe("2");
  });

  test.each(["await input('Name?')", "prompt('Name?')", "confirm('Name?')"])("fails clearly where nobody can answer: %s", async (code) => {
    expect((await cells.fail(code)).evalue).toMatch(/^(input|prompt|confirm): nobody is there to answer "Name\?.*"\n {2}hint: run the notebook in JupyterLab/);
  });
});
