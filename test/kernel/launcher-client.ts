/** A bare ZeroMQ client of one kernel process: what is on the wire, with nothing between the test and it. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as zmq from "zeromq";

/** What a message says; the tests know its shape. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Content = Record<string, any>;

export interface WireMessage {
  channel: "shell" | "control" | "iopub" | "stdin";
  type: string;
  content: Content;
  parent: string;
}

export interface Execution {
  reply: Content;
  /** Published for this request, from busy to idle. */
  published: WireMessage[];
  stdout: string;
  stderr: string;
  of: (type: string) => Content[];
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

async function writeConnection(): Promise<string> {
  const [shell_port, control_port, iopub_port, stdin_port, hb_port] = await freePorts(5);
  const connection = { transport: "tcp", ip: "127.0.0.1", key: randomUUID(), signature_scheme: "hmac-sha256", kernel_name: "tslab" };
  const file = join(mkdtempSync(join(tmpdir(), "cairn-connection-")), "kernel.json");
  writeFileSync(file, JSON.stringify({ ...connection, shell_port, control_port, iopub_port, stdin_port, hb_port }));
  return file;
}

export const launcher: string = resolve(import.meta.dirname, "../../src/dist/tslab-kernel/main.js");

export class KernelClient {
  readonly process: ChildProcess;
  readonly messages: WireMessage[] = [];
  readonly cwd: string;
  readonly connectionFile: string;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** What the process writes past the protocol. */
  raw = "";
  readonly #sockets: { shell: zmq.Dealer; control: zmq.Dealer; stdin: zmq.Dealer; iopub: zmq.Subscriber };
  readonly #key: string;
  readonly #session: string = randomUUID();
  readonly #waiting: Set<() => void> = new Set();

  private constructor(process: ChildProcess, cwd: string, connectionFile: string, key: string, sockets: KernelClient["sockets"]) {
    this.process = process;
    this.cwd = cwd;
    this.connectionFile = connectionFile;
    this.#key = key;
    this.#sockets = sockets;
    this.exited = once(process, "exit").then(([code, signal]) => ({ code, signal }));
    for (const stream of [process.stdout, process.stderr]) stream?.on("data", (data) => (this.raw += data));
    for (const channel of ["shell", "control", "stdin", "iopub"] as const) void this.#read(channel);
  }

  /** The kernel in a folder of its own; resolves when it answers and its iopub channel is heard. */
  static async start(
    options: { env?: Record<string, string>; cwd?: string; stdio?: "pipe"[]; /** One of an earlier kernel. */ connectionFile?: string } = {},
  ): Promise<KernelClient> {
    const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), "cairn-launcher-"));
    const file = options.connectionFile ?? (await writeConnection());
    const { key, shell_port, control_port, iopub_port, stdin_port } = JSON.parse(readFileSync(file, "utf8"));
    const child = spawn(process.execPath, ["--experimental-import-meta-resolve", launcher, file], {
      cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe", ...(options.stdio ?? [])],
    });
    const routing = { routingId: randomUUID(), linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 };
    const sockets = {
      shell: new zmq.Dealer(routing),
      control: new zmq.Dealer(routing),
      stdin: new zmq.Dealer(routing),
      iopub: new zmq.Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
    };
    sockets.iopub.subscribe();
    for (const [name, port] of Object.entries({ shell: shell_port, control: control_port, stdin: stdin_port, iopub: iopub_port })) {
      sockets[name as keyof typeof sockets].connect(`tcp://127.0.0.1:${port}`);
    }
    const client = new KernelClient(child, cwd, file, key, sockets);
    // A subscriber that joins late misses what was published before: ask until an answer is heard on both channels.
    while (
      !client.messages.some(({ channel, type, content }) => channel === "iopub" && type === "status" && content.execution_state === "idle")
    ) {
      const answer = client.request("shell", "kernel_info_request", {});
      await Promise.race([client.until(() => client.messages.some(({ channel }) => channel === "iopub")), answer]);
      await new Promise((done) => setTimeout(done, 20));
    }
    return client;
  }

  get sockets(): { shell: zmq.Dealer; control: zmq.Dealer; stdin: zmq.Dealer; iopub: zmq.Subscriber } {
    return this.#sockets;
  }

  async #read(channel: "shell" | "control" | "stdin" | "iopub"): Promise<void> {
    for await (const frames of this.#sockets[channel]) {
      const start = frames.findIndex((frame) => frame.toString() === "<IDS|MSG>");
      const [header, parent, , content] = frames.slice(start + 2).map((frame) => JSON.parse(frame.toString()));
      this.messages.push({ channel, type: header.msg_type, content, parent: parent.msg_id });
      for (const check of this.#waiting) check();
    }
  }

  /** Resolves as soon as the condition holds, looked at after each message. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((done) => {
      const check = (): void => {
        if (!condition()) return;
        this.#waiting.delete(check);
        done();
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Sends a message and gives its id. */
  async send(channel: "shell" | "control" | "stdin", type: string, content: object): Promise<string> {
    const header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: "test",
      date: new Date().toISOString(),
      version: "5.3",
    };
    const frames = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const signature = createHmac("sha256", this.#key).update(frames.join("")).digest("hex");
    await this.#sockets[channel].send(["<IDS|MSG>", signature, ...frames]);
    return header.msg_id;
  }

  async request(channel: "shell" | "control", type: string, content: object): Promise<Content> {
    const id = await this.send(channel, type, content);
    return this.reply(id, channel);
  }

  async reply(id: string, channel: "shell" | "control" = "shell"): Promise<Content> {
    const find = (): WireMessage | undefined => this.messages.find((message) => message.channel === channel && message.parent === id);
    await this.until(() => find() !== undefined);
    return find()!.content;
  }

  submit(code: string, options: object = {}): Promise<string> {
    return this.send("shell", "execute_request", {
      code,
      silent: false,
      store_history: true,
      allow_stdin: false,
      stop_on_error: true,
      ...options,
    });
  }

  published(id: string): WireMessage[] {
    return this.messages.filter(({ channel, parent }) => channel === "iopub" && parent === id);
  }

  async finished(id: string): Promise<Execution> {
    const reply = await this.reply(id);
    await this.until(() => this.published(id).some(({ type, content }) => type === "status" && content.execution_state === "idle"));
    const published = this.published(id);
    const of = (type: string): Content[] => published.filter((message) => message.type === type).map(({ content }) => content);
    const text = (name: string): string =>
      of("stream")
        .filter((content) => content.name === name)
        .map((content) => content.text)
        .join("");
    return { reply, published, of, stdout: text("stdout"), stderr: text("stderr") };
  }

  async execute(code: string, options: object = {}): Promise<Execution> {
    return this.finished(await this.submit(code, options));
  }

  async close(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGKILL");
      await this.exited;
    }
    for (const socket of Object.values(this.#sockets)) socket.close();
    rmSync(this.cwd, { recursive: true, force: true });
  }
}
