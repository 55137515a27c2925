/** What the two threads of the kernel say to each other: the main one runs cells, the other one owns the sockets. */
import type { MessagePort } from "node:worker_threads";
import type { Header, Message } from "./wire.ts";

export interface ConnectionInfo {
  transport: string;
  ip: string;
  key: string;
  shell_port: number;
  control_port: number;
  iopub_port: number;
  stdin_port: number;
  hb_port: number;
}

/** To the main thread. */
export type Incoming =
  | { kind: "shell"; message: Message }
  | { kind: "stdin"; message: Message }
  /** Everything that had arrived when the fence was asked for has been handed over. */
  | { kind: "fence" }
  | { kind: "interrupt" }
  | { kind: "shutdown" };

/** To the socket thread. `content` is JSON text. */
export type Outgoing =
  | { kind: "publish"; type: string; content: string; parent: Header | undefined }
  | { kind: "stream"; name: StreamName; text: string; parent: Header | undefined }
  | { kind: "reply"; type: string; content: string; to: Pick<Message, "header" | "identities"> }
  /** A request that has no answer has been dealt with. */
  | { kind: "done"; request: Header }
  /** `waits`: the main thread stands still until it is answered by the port of SocketThreadData. */
  | { kind: "input"; content: string; to: Pick<Message, "header" | "identities">; waits: boolean }
  | { kind: "fence" }
  /** The main thread can take requests. */
  | { kind: "ready" }
  /** Send all there is and close: the process is about to exit. */
  | { kind: "drain" };

export type StreamName = "stdout" | "stderr";

/** Words of memory that both threads see. */
export const flags = {
  /** 1 when a drain is finished. */
  drained: 0,
  /** Characters of streams and displays that the socket thread has not taken yet. */
  backlog: 1,
  /** 1 from an interrupt request until the cell that it stops has been answered. */
  interrupted: 2,
  /** How many interrupts the main thread has heard of. */
  heard: 3,
  /** 1 while the first stretch of a cell runs. */
  inCell: 4,
  /** Counts answers to questions that the main thread stands still for. */
  answers: 5,
  /** When the cell began that runs, or ran last: processTime. */
  begun: 6,
} as const;

export interface SocketThreadData {
  connection: ConnectionInfo;
  kernelInfo: string;
  shared: Int32Array;
  /** To the compiler's thread: LanguageQuestion there, Answer back. */
  language: MessagePort;
  /** Answers to questions that the main thread stands still for. */
  answers: MessagePort;
  /** Where this process's own stdout and stderr go, to be shown; nothing when somebody else reads them. */
  nativeOutput: string | undefined;
}
