/** Whether a port is free, asked before anything is started: JupyterLab itself would say so with a Python traceback. */
import { once } from "node:events";
import { createServer } from "node:net";
import { InputError } from "../errors.ts";

/** @throws {InputError} when another program listens there, or it cannot be listened on. */
export async function checkPort(port: number): Promise<void> {
  const server = createServer().listen(port, "localhost");
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const hint = "leave --port away for the first free one, or name another";
    if (code === "EADDRINUSE") throw new InputError(`port ${port} is taken by another program`, { hint, cause });
    throw new InputError(`port ${port} cannot be used: ${message}`, { hint, cause });
  } finally {
    server.close();
  }
}
