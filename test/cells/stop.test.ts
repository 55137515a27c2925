/** ■: what it ends, what stays, and that text without end does not bury the page. */
import { describe, expect, test } from "vitest";
import type { Execution } from "../kernel/launcher-client.ts";
import { useCells } from "./cells.ts";

const cells = useCells();
const { value, pass } = cells;

/** Interrupts a cell as soon as it has printed something. */
async function stop(code: string): Promise<Execution> {
  const { kernel } = cells;
  const id = await kernel.submit(code);
  await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
  await kernel.request("control", "interrupt_request", {});
  const execution = await kernel.finished(id);
  expect(execution.reply).toMatchObject({ status: "error", ename: "Interrupted", evalue: "the cell was interrupted" });
  return execution;
}

/** Whether the variable `count` still counts. */
async function stillCounts(): Promise<boolean> {
  const first = await value("count");
  await new Promise((resolve) => setTimeout(resolve, 200));
  return (await value("count")) !== first;
}

const sleep = "const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms))";

describe("the code of an interrupted cell goes no further than its next await", () => {
  test.each([
    ["in the cell itself", "for (;;) { await sleep(5); count++ }"],
    ["in a function of an earlier cell", "await forever()"],
    ["in code that nobody awaits", "forever(); await new Promise(() => 0)"],
    ["in a for await", "async function* ticks() { for (;;) { await sleep(5); yield 1 } }\nfor await (const tick of ticks()) count += tick"],
    ["where all exceptions are caught", "for (;;) { try { await sleep(5); count++ } catch { count++ } }"],
    ["where promises are settled already", "for (;;) { await null; count++ }"],
  ])("%s", async (_, code) => {
    await pass(`${sleep}; let count = 0; async function forever() { for (;;) { await sleep(5); count++ } }`);
    await stop(`console.log("begun"); await sleep(50);\n${code}`);
    expect(await stillCounts()).toBe(false);
  });

  test("finally is run, and what is stopped raises nothing later", async () => {
    await pass(`${sleep}; let cleaned = false`);
    const { of } = await stop("console.log('begun'); try { await sleep(100) } finally { cleaned = true }");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await value("cleaned")).toBe("true");
    expect(of("error")).toHaveLength(1);
  });

  test("what an ended cell goes on with ends when the kernel is idle", async () => {
    await pass(`${sleep}; let count = 0; async function forever() { for (;;) { await sleep(5); count++ } }; void forever()`);
    expect(await stillCounts()).toBe(true);
    await cells.kernel.request("control", "interrupt_request", {});
    expect(await stillCounts()).toBe(false);
    await pass("count = 0; void forever()");
    expect(await stillCounts()).toBe(true);
    await cells.kernel.request("control", "interrupt_request", {});
  });

  test("a server of an earlier cell goes on", async () => {
    await pass(
      `import { createServer } from "http"; ${sleep};
       const server = createServer(async (_, response) => { await sleep(5); response.end("served") })
       await new Promise<void>((up) => server.listen(0, "127.0.0.1", up))`,
    );
    await stop("console.log('begun'); for (;;) await sleep(5)");
    expect(
      await value(
        "const { port } = server.address() as any; const text = await (await fetch('http://127.0.0.1:' + port)).text(); server.close(); text",
      ),
    ).toBe("'served'");
  });
});

describe("a loop without an await is ended", () => {
  test.each([
    ["at once", "for (;;) {}"],
    ["after an await", "await null; for (;;) {}"],
    ["in a timer", "await new Promise(() => setTimeout(() => { for (;;) {} }))"],
    [
      "in an event of Node's",
      "import { EventEmitter } from 'events'; const bus = new EventEmitter().on('go', () => { for (;;) {} }); bus.emit('go')",
    ],
    ["that catches everything", "for (;;) { try { for (;;) {} } catch {} }"],
    ["within a regular expression", "/^(a+)+$/.test('a'.repeat(40) + 'b')"],
  ])("%s, within a second, and variables stay", async (_, code) => {
    await pass("let kept = 'here'");
    const { kernel } = cells;
    const id = await kernel.submit(`console.log("begun");\n${code}`);
    await kernel.until(() => kernel.published(id).some(({ type }) => type === "stream"));
    const begun = Date.now();
    await kernel.request("control", "interrupt_request", {});
    expect((await kernel.finished(id)).reply.ename).toBe("Interrupted");
    expect(Date.now() - begun).toBeLessThan(1000);
    expect(await value("kept", "await Promise.resolve(kept)")).toBe("'here'");
  });

  test("forty times in a row: the kernel lives", async () => {
    for (let round = 0; round < 40; round++)
      await stop(round % 2 === 0 ? "console.log('x'); for (;;) {}" : "console.log('x'); await null; for (;;) {}");
    expect(await value("1 + 1")).toBe("2");
  });
});

describe("a call that waits for another process, or thread, is ended", () => {
  test.each([
    ["a command", "execSync('sleep 600')"],
    ["a command that ignores Ctrl-C", "execSync(`trap '' INT; sleep 600; sleep 600`)"],
    ["one that ignores everything but its end", "execSync(`trap '' INT TERM; sleep 600; sleep 600`)"],
    ["one that has left its own processes behind", "execSync('sleep 600 & true')"],
    ["a program in a group of its own", "spawnSync('sleep', ['600'], { detached: true } as object)"],
    ["one whose failure is caught, and then a loop", "try { execSync('sleep 600') } catch {}\nfor (;;) {}"],
    ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ])("%s; the kernel and what earlier cells have started stay", async (_, code) => {
    await pass(`import { execSync, spawn, spawnSync } from "node:child_process"
      let stays = 'here'; const server = spawn('sleep', ['600'])
      await new Promise((begun) => setTimeout(begun, 500))`);
    await stop(`console.log("begun"); await new Promise((shown) => setTimeout(shown, 50));\n${code}`);
    expect(await value("stays + server.exitCode + server.signalCode")).toBe("'herenullnull'");
    await pass("server.kill()");
  });
});

describe("text without end", () => {
  test("is cut, with what was left out said, and ■ is heard", async () => {
    const { kernel } = cells;
    const id = await kernel.submit('let line = 0; for (;;) console.log("line", line++, "and some more text to fill the page with")');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const begun = Date.now();
    await kernel.request("control", "interrupt_request", {});
    const { stdout } = await kernel.finished(id);
    expect(Date.now() - begun).toBeLessThan(2000);
    expect(stdout.length).toBeLessThan(400_000);
    expect(stdout.startsWith("line 0 and some")).toBe(true);
    expect(stdout).toMatch(/\n\[… [\d,]+ characters left out here: a cell shows its first 200,000, then the newest …\]\n/);
    expect(stdout).toMatch(/line \d+ and some more text to fill the page with\n$/);
  });

  test("of a cell that awaits: the newest lines still come", async () => {
    const { kernel } = cells;
    const id = await kernel.submit(
      `console.log("x".repeat(2e5)); for (let i = 0; i < 30; i++) { console.log("step " + i); await new Promise((next) => setTimeout(next, 100)) }`,
    );
    await kernel.until(() => kernel.published(id).some(({ content }) => /step \d+\n/.test(content.text ?? "")));
    expect(kernel.messages.some(({ channel, parent }) => channel === "shell" && parent === id)).toBe(false);
    expect((await kernel.finished(id)).stdout).toMatch(/step 29\n$/);
  });
});
