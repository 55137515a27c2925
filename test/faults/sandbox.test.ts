/** Code in the sandbox: what it computes, and what it cannot reach. Threads start quickly on the build only. */
import { describe, expect, test } from "vitest";
import { codeTool, runCode } from "kernel-helpers/agents";

const thrown = (message: RegExp) => ({ value: undefined, error: "thrown", message: expect.stringMatching(message) as string });

describe("code", () => {
  test("has the value of its last expression, awaited, and prints", async () => {
    expect(
      await runCode(
        "print('一', 1, [2]); (async () => { await null; return { squares: [1, 2, 3].map((n) => n * n), big: String(2n ** 64n) } })()",
      ),
    ).toEqual({
      output: "一 1 [2]\n",
      value: '{"squares":[1,4,9],"big":"18446744073709551616"}',
      error: undefined,
      message: undefined,
    });
  });

  test("says what it threw, and what it waits for in vain", async () => {
    expect(await runCode("print('so'); null.x")).toMatchObject({ output: "so\n", ...thrown(/^TypeError: /) });
    expect(await runCode("1 +")).toMatchObject(thrown(/^SyntaxError: /));
    expect(await runCode("new Promise(() => {})")).toMatchObject(thrown(/nothing settles/));
  });

  test("finds neither files nor network nor the process, by whatever name", async () => {
    const names =
      "process require module fetch XMLHttpRequest WebSocket Buffer setTimeout setInterval queueMicrotask Worker WebAssembly Deno Bun std os console";
    const attempts = [
      "import('node:fs')",
      "import('std')",
      "new Function('return process')()",
      "print.constructor('return process')()",
      "globalThis.constructor.constructor('return process')().env",
      "Error.prepareStackTrace = (_, frames) => frames[0].getThis(); new Error('x').stack.process.env.length",
      "eval('process')",
    ];
    const { value } = await runCode(`
      const found = ${JSON.stringify(names.split(" "))}.filter((name) => typeof globalThis[name] !== "undefined");
      (async () => {
        for (const code of ${JSON.stringify(attempts)}) {
          try { await (0, eval)(code); found.push(code) } catch {}
        }
        return found;
      })()`);
    expect(value).toBe("[]");
    expect(await runCode("import fs from 'node:fs'")).toMatchObject(thrown(/could not load module/));
  });

  test("leaves nothing behind for the next, nor for us", async () => {
    await runCode("globalThis.secret = 1; Array.prototype.map = null; Object.prototype.polluted = 1");
    expect((await runCode("typeof secret + typeof [].map + typeof {}.polluted")).value).toBe("undefinedfunctionundefined");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("limits hold", () => {
  test.each([
    ["of time", "while (true) { try { for (;;) ; } catch {} }", "timeout"],
    ["of time, where a pattern backtracks", "/(a+)+$/.test('a'.repeat(40) + 'b')", "timeout"],
    ["of memory", "new Uint8Array(5e8)", "memory"],
    ["of the stack", "const f = () => f() + 1; f()", "thrown"],
  ])("%s", async (_, code, error) => {
    expect(await runCode(code, { timeout: 0.5, memory: 8 })).toMatchObject({ value: undefined, error });
  });

  test("of jobs: promises that beget promises come to an end", async () => {
    expect((await runCode("const f = () => Promise.resolve().then(f); f()", { timeout: 20 })).error).toBeDefined();
  });

  test("of output and value: what is too much is cut", async () => {
    const { output, value } = await runCode("for (let i = 0; i < 1e3; i++) print('x'.repeat(100)); 'y'.repeat(1e6)", {
      maxOutput: 500,
      timeout: 20,
    });
    expect([output.length, value!.length]).toEqual([500, 500]);
  });

  test("of patience: a signal ends it", async () => {
    await expect(runCode("for (;;) ;", { timeout: 60, signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/);
  });

  test("of options: what is out of range is refused", async () => {
    await expect(runCode("1", { timeout: 0 })).rejects.toThrow("timeout must be > 0 and ≤ 600, got 0");
    await expect(runCode("1", { memory: 0.5 })).rejects.toThrow("memory must be an integer ≥ 1 and ≤ 1024, got 0.5");
    expect((await runCode("1".repeat(100_001))).error).toBe("thrown");
  });
});

test("the tool gives the value after the output, and errors as errors", async () => {
  expect((await codeTool().call({ code: "print('so'); 6 * 7" })).content).toBe("so\n42");
  expect(await codeTool().call({ code: "nothing" })).toMatchObject({
    error: "failed",
    content: expect.stringContaining("nothing") as string,
  });
});
