/** ■ on a cell that embeds: the work itself stops, not only the cell, and kernel and encoder go on. */
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findKernelspec, startKernel, type RunningKernel } from "../../src/dist/kernel/index.js";
import { run, untilPrinted } from "../kernel/transport-helpers.ts";

let kernel: RunningKernel;
beforeAll(async () => {
  kernel = await startKernel(findKernelspec("tslab"), { cwd: path.resolve(import.meta.dirname, "../../notebooks") });
  const { reply } = await run(
    kernel,
    `import { SentenceEncoder } from "kernel-helpers/embeddings"
     const encoder = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu", dtype: "q8" })
     let batches = 0`,
  );
  if (reply.status !== "ok") throw new Error(`the encoder cannot be loaded in a cell: ${JSON.stringify(reply)}`);
});
afterAll(() => kernel.close());

describe("interrupting encode", () => {
  test.each(["in the cell's first part", "after an await"])("stops its batches when it was called %s", async (when) => {
    const before = when === "after an await" ? "await null;" : "";
    const future = kernel.connection.requestExecute({
      code: `${before} await encoder.encode(Array.from({ length: 20_000 }, (_, i) => "sentence number " + i), {
        onProgress: () => { if (++batches % 3 === 0) console.log("under way") } })`,
      stop_on_error: false,
    });
    await untilPrinted(future, /under way/);
    await kernel.interrupt();
    const { content } = await future.done;
    expect(content).toMatchObject({ status: "error" });

    const first = await run(kernel, "batches");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const later = await run(kernel, "batches");
    expect(later.results).toEqual(first.results);
    expect((await run(kernel, 'const again = await encoder.encode(["a"]); again.rows')).results).toEqual(["1"]);
  });
});
