/** A Jupyter Server of the peers' environment, with a folder of its own, for as long as a test file runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface JupyterServer {
  url: string;
  token: string;
  root: string;
  stop: () => Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

export async function startJupyterServer(): Promise<JupyterServer> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "server-")));
  const port = await freePort();
  const token = "a-token";
  const options = [
    `--port=${port}`,
    "--port-retries=0",
    "--no-browser",
    "--allow-root",
    `--IdentityProvider.token=${token}`,
    `--ServerApp.root_dir=${root}`,
  ];
  const server = spawn(resolve(".venv/bin/python"), ["-m", "jupyter_server", ...options], {
    env: { ...process.env, JUPYTER_CONFIG_DIR: join(root, "config"), JUPYTER_RUNTIME_DIR: join(root, "runtime") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  await new Promise<void>((started, failed) => {
    server.stderr.on("data", (data) => {
      log += String(data);
      if (log.includes("is running at")) started();
    });
    server.once("exit", () => failed(new Error(log)));
  });
  const stop = async (): Promise<void> => {
    server.kill();
    await once(server, "exit");
    rmSync(root, { recursive: true });
  };
  return { url: `http://127.0.0.1:${port}/`, token, root, stop };
}
