/** The tslab kernel as Cairn launches it, on the wire. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { KernelClient } from "./launcher-client.ts";

// A kernel that does not answer shall fail its test soon.
vi.setConfig({ testTimeout: 30_000 });

let kernel: KernelClient;

beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.close());

describe("output", () => {
  test("20,000 lines of one cell all arrive, and then idle", async () => {
    const { stdout, reply } = await kernel.execute("for (let i = 0; i < 20000; i++) console.log(i)");
    expect(stdout).toBe(Array.from({ length: 20000 }, (_, i) => `${i}\n`).join(""));
    expect(reply.status).toBe("ok");
  });

  test("600 writes with turns of the event loop between them all arrive", async () => {
    const { stdout } = await kernel.execute(
      "for (let i = 0; i < 600; i++) { process.stdout.write(`${i} `); await new Promise((next) => setImmediate(next)) }",
    );
    expect(stdout).toBe(Array.from({ length: 600 }, (_, i) => `${i} `).join(""));
  });

  test("a line of 20 MB arrives whole at a client that takes so much", async () => {
    const runner = await KernelClient.start({ env: { CAIRN_STREAM_LIMIT: "32000000" } });
    const { stdout } = await runner.execute('console.log("x".repeat(20e6))');
    expect(stdout.length).toBe(20e6 + 1);
    await runner.close();
  });

  test("streams and displays keep their order", async () => {
    const { published } = await kernel.execute(
      'import { display } from "tslab"; console.log("a"); console.error("b"); display.html("<p>c</p>"); console.log("d"); 5',
    );
    expect(
      published.map(({ type, content }) => content.text ?? content.data?.["text/html"] ?? content.data?.["text/plain"] ?? type),
    ).toEqual(["status", "execute_input", "a\n", "b\n", "<p>c</p>", "d\n", "5", "status"]);
  });

  test("a character cut in two by writes is put together", async () => {
    const { stdout } = await kernel.execute(
      'const bytes = Buffer.from("词"); process.stdout.write(bytes.subarray(0, 1)); process.stdout.write(bytes.subarray(1))',
    );
    expect(stdout).toBe("词");
  });

  test("what a cell prints late goes to that cell", async () => {
    const late = await kernel.submit('const timer = setTimeout(() => console.log("late"), 300)');
    const next = await kernel.execute("await new Promise((done) => setTimeout(done, 600))");
    await kernel.until(() => kernel.published(late).some(({ type }) => type === "stream"));
    expect(kernel.published(late).find(({ type }) => type === "stream")?.content.text).toBe("late\n");
    expect(next.stdout).toBe("");
  });

  test("output travels while a synchronous cell runs", async () => {
    const id = await kernel.submit('console.log("first"); const until = Date.now() + 1500; while (Date.now() < until) {}');
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    expect(kernel.messages.some(({ channel, parent }) => channel === "shell" && parent === id)).toBe(false);
    await kernel.finished(id);
  });
});

describe("results", () => {
  test("a value comes as execute_result, with the count of its cell", async () => {
    const { of, reply } = await kernel.execute("6 * 7");
    expect(of("execute_result")).toEqual([{ data: { "text/plain": "42" }, metadata: {}, execution_count: reply.execution_count }]);
    expect(of("execute_input")[0]!.execution_count).toBe(reply.execution_count);
  });

  test("with what belongs beside it", async () => {
    const { of } = await kernel.execute(
      '({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "1" }), [Symbol.for("Jupyter.displayMetadata")]: () => ({ a: { width: 2 } }) })',
    );
    expect(of("execute_result")[0]).toMatchObject({ data: { "text/plain": "1" }, metadata: { a: { width: 2 } } });
    const shown = await kernel.execute('(globalThis as any).__cairn__.display({ "text/plain": "1" }, { metadata: { a: { width: 2 } } })');
    expect(shown.of("display_data")[0].metadata).toEqual({ a: { width: 2 } });
  });

  test("__cairn__.display shows and updates a bundle", async () => {
    const { of } = await kernel.execute(
      'const show = (globalThis as any).__cairn__.display; show({ "text/plain": "1" }, { displayId: "d" }); show({ "text/plain": "2" }, { displayId: "d", update: true })',
    );
    expect(of("display_data")).toEqual([{ data: { "text/plain": "1" }, metadata: {}, transient: { display_id: "d" } }]);
    expect(of("update_display_data")).toEqual([{ data: { "text/plain": "2" }, metadata: {}, transient: { display_id: "d" } }]);
  });

  test("a silent cell publishes nothing and counts nothing", async () => {
    const before = await kernel.execute("0");
    const { published, reply } = await kernel.execute('console.log("quiet"); 1', { silent: true });
    expect(published.map(({ type }) => type)).toEqual(["status", "status"]);
    expect(reply.execution_count).toBe(before.reply.execution_count);
  });
});

describe("failures", () => {
  test("cells queued behind a failure are aborted, cells sent after its reply run", async () => {
    const ids = await Promise.all([kernel.submit('await 0; throw new Error("stop")'), kernel.submit("1"), kernel.submit("2")]);
    const replies = await Promise.all(ids.map((id) => kernel.finished(id)));
    expect(replies.map(({ reply }) => reply.status)).toEqual(["error", "aborted", "aborted"]);
    expect((await kernel.execute("3")).reply.status).toBe("ok");
  });

  test("nothing is aborted where the client asked for that", async () => {
    const ids = await Promise.all([kernel.submit('throw new Error("go on")', { stop_on_error: false }), kernel.submit("1")]);
    const replies = await Promise.all(ids.map((id) => kernel.finished(id)));
    expect(replies.map(({ reply }) => reply.status)).toEqual(["error", "ok"]);
  });
});

describe("interrupt", () => {
  test.each([
    ["a synchronous loop", "while (true) {}"],
    ["a cell that awaits", "await new Promise(() => {})"],
    ["a synchronous loop after an await", "await 0; while (true) {}"],
    ["a synchronous loop in a timer", "await new Promise(() => setTimeout(() => { while (true) {} }))"],
    ["a loop that prints without end", "while (true) console.log('and runs')"],
    ["a loop that awaits", "while (true) await new Promise((next) => setTimeout(next, 5))"],
  ])("stops %s, and the kernel goes on", async (_, code) => {
    const id = await kernel.submit(`console.log("runs");\n${code}`);
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    expect(await kernel.request("control", "interrupt_request", {})).toEqual({ status: "ok" });
    const { reply } = await kernel.finished(id);
    expect(reply).toMatchObject({ status: "error", ename: "Interrupted", evalue: "the cell was interrupted" });
    for (const text of ["1", "2"]) expect((await kernel.execute(`await ${text}`)).reply.status).toBe("ok");
  });

  test("a SIGINT listener that a cell adds does not make the next interrupt deadly", async () => {
    await kernel.execute('process.on("SIGINT", () => undefined)');
    const id = await kernel.submit('console.log("runs"); await new Promise(() => {})');
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    await kernel.request("control", "interrupt_request", {});
    expect((await kernel.finished(id)).reply.ename).toBe("Interrupted");
  });
});
