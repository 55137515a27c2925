/** What children with inherited streams and native code print, where nobody but Jupyter Server reads the process's own streams. */
import { describe, expect, test, vi } from "vitest";
import { KernelClient } from "./launcher-client.ts";

vi.setConfig({ testTimeout: 30_000 });

describe("under JupyterLab", () => {
  test("a child's text and native text land in the running cell, in order, and not in the server's log", async () => {
    const kernel = await KernelClient.start({ env: { CAIRN_PARENT_PIPE: "" } });
    const { stdout } = await kernel.execute(
      `import { execSync } from "child_process"; import { writeSync } from "fs"
       console.log("before"); execSync("echo child; echo 词 >&2", { stdio: "inherit" }); writeSync(1, "native\\n")
       await new Promise((done) => setTimeout(done, 200)); console.log("after")`,
    );
    expect(stdout).toBe("before\nchild\n词\nnative\nafter\n");
    expect(kernel.raw).toBe("");
    await kernel.close();
  });

  test("a megabyte of it arrives whole", async () => {
    const kernel = await KernelClient.start({ env: { CAIRN_PARENT_PIPE: "", CAIRN_STREAM_LIMIT: "Infinity" } });
    const id = await kernel.submit(`import { spawnSync } from "child_process"; spawnSync("sh", ["-c", "seq 1 400000"], { stdio: "inherit" }).status`);
    await kernel.finished(id);
    const text = (): string =>
      kernel
        .published(id)
        .map(({ type, content }) => (type === "stream" ? content.text : ""))
        .join("");
    await kernel.until(() => text().endsWith("400000\n"));
    expect(text()).toBe(Array.from({ length: 400_000 }, (_, line) => `${line + 1}\n`).join(""));
    await kernel.close();
  });

  test("the last words of a kernel that crashed are said by the next one of the same connection", async () => {
    const first = await KernelClient.start({ env: { CAIRN_PARENT_PIPE: "" } });
    const id = await first.submit(`import { writeSync } from "fs"; writeSync(2, "native: out of luck\\n"); process.kill(process.pid, "SIGSEGV")`);
    await first.exited;
    expect(id).toBeTruthy();
    const next = await KernelClient.start({ env: { CAIRN_PARENT_PIPE: "" }, connectionFile: first.connectionFile });
    await vi.waitUntil(() => next.raw.includes("\n"), { timeout: 5000 });
    expect(next.raw).toBe("the kernel before this one ended; its last words:\nnative: out of luck\n\n");
    await next.close();
    await first.close();
  });
});

test("cairn run reads the streams itself: they are left alone", async () => {
  const kernel = await KernelClient.start({ env: { CAIRN_PARENT_PIPE: "1" }, stdio: ["pipe"] });
  await kernel.execute(`import { writeSync } from "fs"; writeSync(1, "native\\n")`);
  await vi.waitUntil(() => kernel.raw !== "", { timeout: 5000 });
  expect(kernel.raw).toBe("native\n");
  await kernel.close();
});
