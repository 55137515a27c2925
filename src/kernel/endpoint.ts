/**
 * Where a kernel listens: the connection file it is started with, and the address of each channel. Sockets in a folder of our own
 * (ipc, mode 0700) need no free ports and let no other user in; kernels that know only TCP get ports that were free a moment ago.
 */
import { randomInt, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Transport = "ipc" | "tcp";
export type ZmqChannel = "shell" | "iopub" | "stdin" | "control";

export interface Endpoint {
  connectionFile: string;
  key: string;
  address(channel: ZmqChannel): string;
  /** Removes the connection file and the sockets. Synchronous: it also runs when the process exits. */
  remove(): void;
}

/**
 * Ports below those that systems give to outgoing connections (Linux from 32768 on). We connect before the kernel listens: one of those attempts
 * could be given the very port that it calls, reach itself, and keep the kernel from it for ever.
 */
const portRange = { from: 15_000, to: 32_767 };

async function listenSomewhere(): Promise<Server> {
  const port = randomInt(portRange.from, portRange.to);
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => (error.code === "EADDRINUSE" ? resolve(false) : reject(error));
    server.once("error", fail).listen(port, "127.0.0.1", () => resolve(true));
  });
  return isListening ? server : listenSomewhere();
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenSomewhere));
  const ports = servers.map((server) => (server.address() as AddressInfo).port); // all are held until all are known: no port twice
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A socket's path may have 103 bytes on macOS, 107 on Linux. */
const socketRoot = (): string => (tmpdir().length > 80 ? "/tmp" : tmpdir());

export async function createEndpoint(transport: Transport, kernelName: string): Promise<Endpoint> {
  const folder = mkdtempSync(join(transport === "ipc" ? socketRoot() : tmpdir(), "cairn-")); // mode 0700
  const [shell, iopub, stdin, control, hb] = transport === "ipc" ? [1, 2, 3, 4, 5] : await freePorts(5);
  const ports = { shell, iopub, stdin, control };
  const ip = transport === "ipc" ? join(folder, "k") : "127.0.0.1";
  const key = randomUUID();
  const connectionFile = join(folder, "connection.json");
  const names = { signature_scheme: "hmac-sha256", kernel_name: kernelName };
  const numbers = { shell_port: shell, iopub_port: iopub, stdin_port: stdin, control_port: control, hb_port: hb };
  const connection = { transport, ip, key, ...names, ...numbers };
  writeFileSync(connectionFile, JSON.stringify(connection), { mode: 0o600 });
  return {
    connectionFile,
    key,
    address: (channel) => `${transport}://${ip}${transport === "ipc" ? "-" : ":"}${ports[channel]}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
