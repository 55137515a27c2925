/** Execution is no tslab client: the same Python notebooks through nbclient and through ours, on ipykernel, give the same outputs and counts. */
import { describe, expect, test } from "vitest";
import { type CellSketch, errorsOf, execute, notebookOf, textOf } from "../kernel/execute-helpers.ts";
import { allOutputs, nbclient, pythonSpec } from "./execute-helpers.ts";

const notebooks: Record<string, CellSketch[]> = {
  "values, prints, counts and empty cells": ["x = 20", "print('hello')\nx + 1", "", "   \n", "# only a comment", "x"],
  "errors and what follows them": [
    "def f():\n    return 1 / 0",
    "f()",
    "print('on')",
    "x = = 1",
    "raise ValueError('two\\nlines') from KeyError('inner')",
    "1",
  ],
  tags: [["raise RuntimeError('on purpose')", "raises-exception"], ["never", "skip-execution"], "'after'"],
  "streams in turn": [
    "import sys\nfor i in range(3):\n    print('out', i, flush=True)\n    print('err', i, file=sys.stderr, flush=True)",
    "for i in range(20000): print(i)",
  ],
  "rich displays": [
    "from IPython.display import *\ndisplay(HTML('<b>x</b>'), Markdown('**y**'), Latex('$z$'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))",
    "import base64\nImage(base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='), metadata={'alt': 'a dot'})",
    "JSON({'a': [1, None, True]})",
  ],
  "displays updated, in earlier cells too": [
    "from IPython.display import *\nhandle = display('first', display_id='one')\ndisplay('other', display_id='two')",
    "handle.update('second')\ndisplay('again', display_id='one')",
    "update_display(HTML('<i>third</i>'), display_id='one')\nupdate_display('nowhere', display_id='none')",
  ],
  "outputs cleared": [
    "from IPython.display import *\nprint('gone')\nclear_output()",
    "print('stays')\nclear_output(wait=True)",
    "print('gone')\nclear_output(wait=True)\nprint('shown')",
    "print('gone')\ndisplay('gone')\nclear_output(wait=True)\ndisplay('shown')\nprint('shown too')",
  ],
  "output of threads": [
    "import threading, time\nthread = threading.Thread(target=lambda: print('from a thread'))\nthread.start()\nthread.join()\ntime.sleep(0.3)",
  ],
  "comms, and no input": [
    "from comm import create_comm\ncomm = create_comm(target_name='nobody', data={'a': 1})\ncomm.send({'b': 2})",
    "try:\n    input('name? ')\nexcept Exception as error:\n    print(type(error).__name__)",
  ],
  "text of the world": ["print('☃ 深度学习 😀')\n'Ünïcödé 🦆'"],
  "history in memory": ["get_ipython().history_manager.hist_file"],
};

describe("as nbclient", () => {
  test.each(Object.keys(notebooks))("%s", async (name) => {
    const notebook = notebookOf(...notebooks[name]!);
    const theirs = nbclient(structuredClone(notebook));
    const { result } = await execute(notebook, { spec: pythonSpec(), allowErrors: true });
    expect(result.status).toBe("passed");
    expect(allOutputs(notebook)).toEqual(allOutputs(theirs));
    expect(notebook.metadata.language_info).toEqual(theirs.metadata.language_info);
  });
});

describe("beyond nbclient, on ipykernel", () => {
  const run = (cells: CellSketch[], options = {}): ReturnType<typeof execute> =>
    execute(notebookOf(...cells), { spec: pythonSpec(), ...options });

  test("a failure has its name, its message and its line in the cell", async () => {
    const { result, statuses } = await run(["x = 1\n\nx.nothing", "2"]);
    expect(statuses).toEqual(["failed", "skipped"]);
    expect(result.cells[0]!.error).toEqual({ name: "AttributeError", message: "'int' object has no attribute 'nothing'", line: 3 });
  });

  test.each(["while True: pass", "import time; time.sleep(1000)"])("%s, with a limit of 1 s", async (endless) => {
    const { result, outputs } = await run([`print('begun', flush=True)\n${endless}`], { cellTimeoutSeconds: 1 });
    expect(result.cells[0]).toMatchObject({
      status: "timeout",
      error: { name: "CellTimeout", message: "the cell ran longer than 1 s", line: 2 },
    });
    expect(textOf(outputs[0]!)).toBe("begun\n");
    expect(errorsOf(outputs[0]!)).toEqual([["CellTimeout", "the cell ran longer than 1 s"]]);
  });

  test("a death says how, and only what was said since the cell began", async () => {
    const { result } = await run(["import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"]);
    expect(result.cells[0]).toMatchObject({ status: "died", error: { name: "KernelDied" } });
    expect(result.cells[0]!.error!.message).toMatch(/^the kernel was ended by SIGSEGV/);
    expect(result.cells[0]!.error!.message).not.toContain("IPKernelApp");
  });

  test("parameters in Python", async () => {
    const notebook = notebookOf(["steps = 100\nname: str = None", "parameters"], "(steps, name)");
    notebook.metadata.kernelspec = { name: "python3", display_name: "Python 3", language: "python" };
    const { outputs } = await execute(notebook, { spec: pythonSpec(), parameters: { steps: 3, name: 'a "b"' } });
    expect(outputs[2]).toMatchObject([{ data: { "text/plain": `(3, 'a "b"')` } }]);
  });
});
