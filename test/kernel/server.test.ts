/** What is said when there is no Jupyter Server to use. The real one is tested in test/parity/kernel-server.test.ts. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ServerKernels } from "../../src/dist/kernel/index.js";

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

async function answering(status: number, body: object): Promise<string> {
  server = createServer((_, response) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const message = (url: string, kernel?: string): Promise<unknown> =>
  new ServerKernels({ url, token: "t", ...(kernel === undefined ? {} : { kernel }) }).acquire(process.cwd()).then(
    () => "it was accepted",
    (error: Error) => error.message,
  );

test("nobody listens", async () => {
  expect(await message("http://127.0.0.1:9/lab?token=abc")).toBe(
    "cannot reach the Jupyter Server at http://127.0.0.1:9/\n  hint: is it running? jupyter server list",
  );
});

test("the token is refused", async () => {
  const url = await answering(403, { message: "Forbidden" });
  expect(await message(url)).toBe(
    `the Jupyter Server at ${url} refuses the token\n  hint: jupyter server list shows each server with its token; pass it with --token`,
  );
});

test("no such kernel", async () => {
  const spec = { name: "python3", spec: { language: "python", argv: [], display_name: "Python", env: {} }, resources: {} };
  const url = await answering(200, { default: "python3", kernelspecs: { python3: spec } });
  expect(await message(url, "cobol")).toBe(`the Jupyter Server at ${url} has no kernel "cobol" (it has python3)`);
});

test("the server fails", async () => {
  const url = await answering(500, { message: "out of luck" });
  expect(await message(url)).toBe(`the Jupyter Server at ${url} started no kernel: out of luck`);
});

test("not a URL", () => {
  expect(() => new ServerKernels({ url: "localhost:8888" })).toThrow(
    "not the URL of a Jupyter Server: localhost:8888\n  hint: it looks like http://localhost:8888/",
  );
});
