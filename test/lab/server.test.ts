/** What surrounds JupyterLab's server: its log and its port. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startLab } from "../../src/lab/index.ts";
import { openLog } from "../../src/lab/log.ts";
import { checkPort } from "../../src/lab/port.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "server-"))));
afterEach(() => rmSync(root, { recursive: true }));

test("a port that another program listens on is said before anything is started", async () => {
  const other = createServer().listen(0, "localhost");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  await expect(checkPort(port)).rejects.toThrow(
    `port ${port} is taken by another program\n  hint: leave --port away for the first free one, or name another`,
  );
  other.close();
  await once(other, "close");
  await checkPort(port);
});

test("the log is a file of its own for each start; the oldest are removed", () => {
  for (let day = 10; day < 25; day++) openLog(root, new Date(`2026-11-${day}T10:00:00Z`)).close();
  const names = readdirSync(root).toSorted();
  expect(names.map((name) => name.slice(8, 10))).toEqual(["15", "16", "17", "18", "19", "20", "21", "22", "23", "24"]);
});

test("an error quotes Jupyter's own last error from it, else the last line", () => {
  const log = openLog(root);
  expect(log.lastWords()).toBe("it said nothing");
  writeSync(log.descriptor, "Traceback\n  File x\nImportError: no jupyterlab\n\n");
  expect(log.lastWords()).toBe("ImportError: no jupyterlab");
  writeSync(log.descriptor, "[C 2026-11-26 17:24:18.517 ServerApp] Bad config encountered\n[W 2026 ServerApp] later\n");
  expect(log.lastWords()).toBe("Bad config encountered");
  log.close();
});

test.skipIf(process.platform === "win32")("a JupyterLab that ends at once is one line, and all that it said is in the log", async () => {
  const python = join(root, "python");
  writeFileSync(python, '#!/bin/sh\necho "Traceback" >&2\necho "[C 2026-11-26 ServerApp] Bad config" >&2\necho "the end"\nexit 3\n', {
    mode: 0o755,
  });
  const started = startLab({ environment: { folder: root, python }, folder: root, cache: root });
  const message = await started.then(
    () => "",
    (error: Error) => error.message,
  );
  const [said, hint] = message.split("\n");
  expect(said).toBe("JupyterLab ended before it answered: Bad config");
  const log = /all it said is in (\S+\.log); cairn doctor/.exec(hint!)![1]!;
  expect(readFileSync(log, "utf8")).toBe("Traceback\n[C 2026-11-26 ServerApp] Bad config\nthe end\n");
});
