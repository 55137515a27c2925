/** Questions about code on the wire, asked of a real kernel. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Content, KernelClient } from "./launcher-client.ts";

// A kernel that does not answer shall fail its test soon.
vi.setConfig({ testTimeout: 60_000 });

let kernel: KernelClient;

beforeAll(async () => {
  kernel = await KernelClient.start();
  await kernel.execute("const wordCount = 1");
  await kernel.request("shell", "complete_request", { code: "wordC", cursor_pos: 5 }); // the first one reads what all need
});
afterAll(() => kernel.close());

describe("while a cell keeps the main thread busy", () => {
  test("completion, help and whether a text is whole are answered at once, and the kernel stays busy", async () => {
    const id = await kernel.submit('console.log("runs"); const until = Date.now() + 6000; while (Date.now() < until) {}');
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    // The best of three: other processes may want the processor as well.
    const ask = async (type: string, code: string): Promise<[reply: Content, elapsedMs: number]> => {
      const times: number[] = [];
      let reply: Content = {};
      for (let round = 0; round < 3; round++) {
        const start = performance.now();
        reply = await kernel.request("shell", type, { code, cursor_pos: code.length });
        times.push(performance.now() - start);
      }
      return [reply, Math.min(...times)];
    };
    const [completed, completedMs] = await ask("complete_request", "wordC");
    const [inspected, inspectedMs] = await ask("inspect_request", "wordCount");
    const [whole, wholeMs] = await ask("is_complete_request", "if (wordCount) {");
    expect(completed.matches).toEqual(["wordCount"]);
    expect(inspected.data["text/plain"]).toBe("const wordCount: 1");
    expect(whole).toEqual({ status: "incomplete", indent: "  " });
    expect(Math.max(completedMs, inspectedMs, wholeMs)).toBeLessThan(500);
    expect(kernel.messages.some(({ channel, parent }) => channel === "shell" && parent === id)).toBe(false);
    const states = kernel.messages.flatMap(({ type, content }) => (type === "status" ? [content.execution_state] : []));
    expect(states.at(-1)).toBe("busy");
    await kernel.finished(id);
  });
});

describe("a name that completion offers to import", () => {
  const offer = async (code: string): Promise<void> => {
    expect((await kernel.request("shell", "complete_request", { code, cursor_pos: code.length })).matches.length).toBeGreaterThan(0);
  };

  test("runs, and comes back with its import for the cell", async () => {
    await offer("readFileS");
    const { reply, of } = await kernel.execute("typeof readFileSync", { allow_stdin: true });
    expect(of("execute_result")[0]?.data).toEqual({ "text/plain": "'function'" });
    expect(reply.payload).toEqual([
      { source: "set_next_input", text: 'import { readFileSync } from "node:fs";\ntypeof readFileSync', replace: true },
    ]);
    expect((await kernel.execute("typeof readFileSync")).reply.payload).toEqual([]);
  });

  test("is said to be missing when the reader may have typed into the cell since", async () => {
    await offer("extna");
    const { reply, stderr, of } = await kernel.execute('await new Promise((done) => setTimeout(done, 5500)); extname("a.b")', {
      allow_stdin: true,
    });
    expect(of("execute_result")[0]?.data).toEqual({ "text/plain": "'.b'" });
    expect(reply.payload).toEqual([]);
    expect(stderr).toBe('This cell ran with an import that it does not have. Write at its top:\nimport { extname } from "node:path";\n');
  });

  test("is not a name for a client that does not answer, which is told the line", async () => {
    await offer("basena");
    const { reply } = await kernel.execute('basename("a/b")');
    expect(reply).toMatchObject({
      status: "error",
      ename: "TypeScriptError",
      evalue: "TS2304: Cannot find name 'basename'.\n  hint: import it at the top of the cell: import { basename } from \"node:path\";",
    });
  });

  test("shows errors in the lines of the text that ran", async () => {
    await offer("dirna");
    const { reply, stderr } = await kernel.execute('dirname("a/b")\nthrow new Error("on purpose")', { allow_stdin: true });
    expect(reply.traceback.join("\n")).toMatch(/cell\[\d+\]:3:7/);
    expect(stderr).toContain('import { dirname } from "node:path";');
  });
});
