/** Names, messages and lines of failures; deaths in words. The texts are stock tslab's and ipykernel's own, as they sent them. */
import { describe, expect, test } from "vitest";
import { describeDeath } from "../../src/execute/death.ts";
import { cellError } from "../../src/execute/failure.ts";
import { stockFailure, strayError } from "../../src/execute/stock-tslab.ts";

const frames = `    at evalmachine.<anonymous>:4:7
    at evalmachine.<anonymous>:6:3
    at sigintHandlersWrap (node:vm:280:12)
    at Object.execute (/home/ada/course/node_modules/tslab/dist/executor.js:160:38)
    at async ZmqServer.handleExecute (/home/ada/course/node_modules/tslab/dist/jupyter.js:406:25)`;

describe("stock tslab", () => {
  test("an exception, after something of the cell's own on stderr", () => {
    const source = 'console.log("a")\nconsole.error("mine")\nthrow new RangeError("boom")';
    const thrown = `evalmachine.<anonymous>:4\nthrow new RangeError("boom");\n^\n\nRangeError: boom\n${frames}\n`;
    const { error, messageCount } = stockFailure(["mine\n", thrown], source);
    expect(messageCount).toBe(1);
    expect(error).toEqual({
      output_type: "error",
      ename: "RangeError",
      evalue: "boom",
      traceback: [
        "in line 3 of the cell",
        '> 3 | throw new RangeError("boom")',
        "",
        "    at evalmachine.<anonymous>:4:7",
        "    at evalmachine.<anonymous>:6:3",
        "RangeError: boom",
      ],
    });
    expect(cellError(error)).toEqual({ name: "RangeError", message: "boom", line: 3 });
  });

  test("several complaints of the compiler", () => {
    const messages = ["mine\n", "1:7 - Type 'string' is not assignable to type 'number'.\n", "3:1 - Cannot find name 'foo'.\n"];
    const { error, messageCount } = stockFailure(messages, 'const x: number = "a";\n\nfoo()');
    expect(messageCount).toBe(2);
    expect(error).toEqual({
      output_type: "error",
      ename: "TypeScriptError",
      evalue: "Type 'string' is not assignable to type 'number'.",
      traceback: [
        "1:7 - Type 'string' is not assignable to type 'number'.",
        '> 1 | const x: number = "a";',
        "    |       ^",
        "3:1 - Cannot find name 'foo'.",
        "> 3 | foo()",
        "    | ^",
        "TypeScriptError: Type 'string' is not assignable to type 'number'.",
      ],
    });
    expect(cellError(error)).toMatchObject({ line: 1 });
  });

  test("a message of several lines, an error with a code and fields", () => {
    const { error } = stockFailure([`TypeError [ERR_X]: two\nlines\n${frames} {\n  code: 'ERR_X'\n}\n`], "f()");
    expect(error).toMatchObject({ ename: "TypeError [ERR_X]", evalue: "two\nlines" });
    expect(error.traceback.slice(-3)).toEqual(["  code: 'ERR_X'", "}", "TypeError [ERR_X]: two\nlines"]);
  });

  test("something thrown that is not an error", () => {
    expect(stockFailure(["text\n"], 'throw "text"').error).toMatchObject({ ename: "Thrown", evalue: "text", traceback: ["Thrown: text"] });
  });

  test("no word at all", () => {
    expect(stockFailure([], "").error).toMatchObject({ ename: "Error", evalue: "the kernel says that the cell failed, but not why" });
  });

  test("a line that the cell has twice is not named", () => {
    const { error } = stockFailure([`evalmachine.<anonymous>:2\nthrow e;\n^\n\nError: x\n${frames}\n`], "throw e\nthrow e");
    expect(cellError(error)).toEqual({ name: "Error", message: "x" });
  });

  test("what nobody caught", () => {
    expect(strayError(`UnhandledPromiseRejection: TypeError: floating\n${frames}\n`)).toMatchObject({
      ename: "TypeError",
      evalue: "floating",
    });
    expect(strayError("a line like any other\n")).toBeUndefined();
  });
});

describe("the line of a failure", () => {
  const lineOf = (...traceback: string[]): number | undefined => cellError({ output_type: "error", ename: "", evalue: "", traceback }).line;

  test.each([
    [3, "cell[12]:3:7"],
    [2, "\u001b[36mCell\u001b[39m\u001b[36m \u001b[39m\u001b[32mIn[4]\u001b[39m\u001b[32m, line 2\u001b[39m"],
    [5, "Cell In[1], line 5\n    x = = 1\n        ^\nSyntaxError: invalid syntax"],
    [undefined, "    at somewhere (node:vm:280:12)"],
  ])("%s", (line, text) => {
    expect(lineOf(text)).toBe(line);
  });

  test("a message loses its colours", () => {
    expect(cellError({ output_type: "error", ename: "E", evalue: "\u001b[31mred\u001b[39m", traceback: [] }).message).toBe("red");
  });
});

describe("a death in words", () => {
  test.each([
    [{ code: 3, signal: null, lastWords: "" }, "the kernel ended with exit code 3"],
    [
      { code: null, signal: null, lastWords: "the connection to the Jupyter Server was lost" },
      "the kernel ended; its last words:\nthe connection to the Jupyter Server was lost",
    ],
    [{ code: null, signal: "SIGSEGV" as const, lastWords: "" }, "the kernel was ended by SIGSEGV"],
    [
      { code: null, signal: "SIGKILL" as const, lastWords: "" },
      "the kernel was ended by SIGKILL: killed, most likely because the machine ran out of memory",
    ],
    [
      {
        code: null,
        signal: "SIGABRT" as const,
        lastWords:
          "<--- Last few GCs --->\n\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n",
      },
      "the kernel was ended by SIGABRT: out of memory; its last words:\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ],
    [{ code: 1, signal: null, lastWords: "1\n2\n3\n4\n5\n6\n" }, "the kernel ended with exit code 1; its last words:\n2\n3\n4\n5\n6"],
  ])("%j", (death, words) => {
    expect(describeDeath(death)).toBe(words);
  });
});
