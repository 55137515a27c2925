/**
 * The thread that owns the sockets. While a cell keeps the main thread busy, this one still sends its output, answers the heartbeat,
 * takes interrupt and shutdown requests, and notices that the parent has gone.
 */
import { parentPort, workerData } from "node:worker_threads";
import * as zmq from "zeromq";
import { Interrupter } from "./interrupter.ts";
import { flags, type Incoming, type Outgoing, type SocketThreadData, type StreamName } from "./messages.ts";
import type { Answer, LanguageQuestion } from "./compiler/questions.ts";
import { NativeOutput } from "./native-output.ts";
import { exitWithParent } from "./parent.ts";
import { type Header, type Message, Wire } from "./wire.ts";

/** Writes to a stream within this time travel as one message. */
const coalesceMs = 10;
/** … unless they have grown to this many characters. */
const coalesceLength = 1 << 16;

const { connection, kernelInfo, shared, language, answers, nativeOutput } = workerData as SocketThreadData;
const main = parentPort!;
const wire = new Wire(connection.key);
const unlimited = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 2000 };
const iopub = new zmq.Publisher({ sendHighWaterMark: 0, linger: 2000 });
const shell = new zmq.Router(unlimited);
const control = new zmq.Router(unlimited);
const stdin = new zmq.Router(unlimited);
const heartbeat = new zmq.Reply({ linger: 0 });
const interrupter = new Interrupter({ tellMain: () => tell({ kind: "interrupt" }), shared });

const native = nativeOutput === undefined ? undefined : new NativeOutput(nativeOutput, publishNative);

let sending: Promise<unknown> = Promise.resolve();
let mainIsReady = false;
/** Requests handed to the main thread and not answered yet, in their order. */
const unanswered: Header[] = [];
let lastExecution: Header | undefined;
/** Whether the main thread stands still until the reader has answered. */
let mainWaits = false;
/** They end when their sockets are closed. */
let loops: Promise<void>[] = [];

function tell(message: Incoming): void {
  main.postMessage(message);
}

/** One send after the other: zeromq.js allows no second one on a socket before the first is done. */
function send(socket: zmq.Publisher | zmq.Router, frames: (Uint8Array | string)[]): void {
  sending = sending.then(() => socket.send(frames)).catch(() => undefined);
}

/** Half of a character, which JSON has as an escape and no file of Jupyter's can hold, becomes the sign for a character that is not known. */
const wellFormed = (json: string): string =>
  json.includes("\\ud") ? json.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, "$1\\ufffd") : json;

function publish(type: string, content: string, parent: Header | undefined): void {
  send(iopub, wire.encode(type, wellFormed(content), parent, [`kernel.${type}`]));
}

const status = (state: "starting" | "busy" | "idle", parent?: Header): void =>
  publish("status", JSON.stringify({ execution_state: state }), parent);

function reply(socket: zmq.Router, request: Pick<Message, "header" | "identities">, type: string, content: string): void {
  send(socket, wire.encode(type, wellFormed(content), request.header, request.identities));
}

let pending: { name: StreamName; parent: Header | undefined; chunks: string[]; length: number; timer: NodeJS.Timeout } | undefined;

function flushStream(): void {
  if (!pending) return;
  const { name, parent, chunks, timer } = pending;
  clearTimeout(timer);
  pending = undefined;
  publish("stream", JSON.stringify({ name, text: chunks.join("") }), parent);
}

function stream(name: StreamName, text: string, parent: Header | undefined): void {
  if (pending && (pending.name !== name || pending.parent?.msg_id !== parent?.msg_id)) flushStream();
  pending ??= { name, parent, chunks: [], length: 0, timer: setTimeout(flushStream, coalesceMs) };
  pending.chunks.push(text);
  pending.length += text.length;
  if (pending.length > coalesceLength) flushStream();
}

main.on("message", (message: Outgoing) => {
  if (message.kind === "stream" || message.kind === "publish") {
    Atomics.sub(shared, flags.backlog, (message.kind === "stream" ? message.text : message.content).length);
    Atomics.notify(shared, flags.backlog);
  }
  if (message.kind === "stream") return stream(message.name, message.text, message.parent);
  // What a child printed before this stands before it.
  native?.read();
  flushStream();
  switch (message.kind) {
    case "publish":
      return publish(message.type, message.content, message.parent);
    case "reply":
      reply(shell, message.to, message.type, message.content);
      return finish(message.to.header);
    case "done":
      return finish(message.request);
    case "input":
      mainWaits = message.waits;
      return reply(stdin, message.to, "input_request", message.content);
    case "fence":
      // A turn of the event loop for what has arrived at the socket and is not read yet.
      return void setImmediate(() => tell({ kind: "fence" }));
    case "ready":
      mainIsReady = true;
      return;
    case "drain":
      return void drain();
  }
});

function finish(request: Header): void {
  const index = unanswered.findIndex(({ msg_id }) => msg_id === request.msg_id);
  if (index >= 0) unanswered.splice(index, 1);
  status("idle", request);
}

/** Questions about code go to the compiler, which has time while a cell runs. */
const languageRequests = new Set(["complete_request", "inspect_request", "is_complete_request"]);
const asked = new Map<number, Message>();
let askedCount = 0;

function ask(message: Message): void {
  const id = ++askedCount;
  asked.set(id, message);
  language.postMessage({ id, type: message.header.msg_type, content: message.content } satisfies LanguageQuestion);
}

language.on("message", (answer: Answer) => {
  const request = asked.get(answer.id);
  asked.delete(answer.id);
  if (!request) return;
  const content =
    "value" in answer ? answer.value : { status: "error", ename: answer.error.name, evalue: answer.error.message, traceback: [] };
  reply(shell, request, request.header.msg_type.replace(/_request$/, "_reply"), JSON.stringify(content));
  status("idle", request.header);
  // Front ends take the last status for the kernel's: it is busy all the same while a cell runs.
  if (unanswered[0]) status("busy", unanswered[0]);
});

async function drain(): Promise<void> {
  native?.end();
  await sending;
  for (const socket of [iopub, shell, control, stdin, heartbeat]) socket.close();
  // The process goes on exiting now, and this thread is ended wherever it is. Within zeromq.js that would abort the process.
  await Promise.allSettled(loops);
  Atomics.store(shared, flags.drained, 1);
  Atomics.notify(shared, flags.drained);
}

async function readShell(): Promise<void> {
  for await (const frames of shell) {
    const message = wire.decode(frames);
    if (!message) continue;
    status("busy", message.header);
    // Who asks whether the kernel is there need not wait until the compiler is loaded.
    if (message.header.msg_type === "kernel_info_request" && !mainIsReady && unanswered.length === 0) {
      reply(shell, message, "kernel_info_reply", kernelInfo);
      status("idle", message.header);
    } else if (languageRequests.has(message.header.msg_type)) ask(message);
    else {
      unanswered.push(message.header);
      if (message.header.msg_type === "execute_request") lastExecution = message.header;
      tell({ kind: "shell", message });
    }
  }
}

/** What must be answered at once, also while a cell runs. */
async function readControl(): Promise<void> {
  for await (const frames of control) {
    const message = wire.decode(frames);
    if (!message) continue;
    flushStream();
    status("busy", message.header);
    const type = message.header.msg_type;
    if (type === "kernel_info_request") reply(control, message, "kernel_info_reply", kernelInfo);
    else if (type === "interrupt_request") {
      mainWaits = false;
      interrupter.start();
      reply(control, message, "interrupt_reply", '{"status":"ok"}');
    } else if (type === "shutdown_request") {
      reply(control, message, "shutdown_reply", JSON.stringify({ status: "ok", restart: message.content["restart"] === true }));
    }
    status("idle", message.header);
    if (type === "shutdown_request") await shutDown();
  }
}

async function shutDown(): Promise<void> {
  await sending;
  tell({ kind: "shutdown" });
  // A main thread that a cell keeps busy does not hear it.
  setTimeout(() => process.kill(process.pid, "SIGKILL"), 1000);
}

/** What children with inherited streams and native code print belongs to the cell that runs. */
function publishNative(text: string): void {
  stream("stdout", text, unanswered.findLast(({ msg_type }) => msg_type === "execute_request") ?? lastExecution);
}

async function readStdin(): Promise<void> {
  for await (const frames of stdin) {
    const message = wire.decode(frames);
    if (!message) continue;
    if (!mainWaits) tell({ kind: "stdin", message });
    else {
      mainWaits = false;
      answers.postMessage(message);
      Atomics.add(shared, flags.answers, 1);
      Atomics.notify(shared, flags.answers);
    }
  }
}

async function beat(): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

const address = (port: number): string => `${connection.transport}://${connection.ip}${connection.transport === "ipc" ? "-" : ":"}${port}`;

await Promise.all([
  iopub.bind(address(connection.iopub_port)),
  shell.bind(address(connection.shell_port)),
  control.bind(address(connection.control_port)),
  stdin.bind(address(connection.stdin_port)),
  heartbeat.bind(address(connection.hb_port)),
]);
exitWithParent();
status("starting");
loops = [readShell(), readControl(), readStdin(), beat()];
