/**
 * What @jupyterlab/services takes for a WebSocket: underneath are the kernel's four ZeroMQ channels. Message objects cross it as they
 * are (the settings' serializer does nothing). After vscode-jupyter's RawSocket.
 *
 * It opens when an iopub message has come: a subscriber that joins late would miss the first cell's output and its idle. To provoke
 * one, it asks for kernel_info until both a reply and something on iopub have arrived.
 */
import { randomUUID } from "node:crypto";
import { KernelMessage } from "@jupyterlab/services";
import { Dealer, Subscriber } from "zeromq";
import type { Endpoint, ZmqChannel } from "./endpoint.ts";
import { decode, encode } from "./wire.ts";

/** After a reply without iopub the subscription is still on its way: ask again soon. */
const askAgainMs = 5;
/** A kernel that came up after the question may have lost it. */
const askAnewMs = 1000;

type Listener = (event: object) => void;
type DealerChannel = Exclude<ZmqChannel, "iopub">;

export class KernelSocket {
  onopen: Listener | undefined;
  onmessage: Listener | undefined;
  onclose: Listener | undefined;
  onerror: Listener | undefined;
  readonly protocol = "";
  binaryType = "arraybuffer";

  readonly #key: string;
  readonly #iopub: Subscriber;
  readonly #dealers: Record<DealerChannel, Dealer>;
  readonly #sent = new Map<Dealer, Promise<unknown>>();
  readonly #askerSession = randomUUID();
  #kernelSession = "";
  #seen = { iopub: false, reply: false };
  #isOpen = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(endpoint: Endpoint) {
    const common = { linger: 0, receiveHighWaterMark: 0, reconnectInterval: 10 };
    const routingId = randomUUID(); // one for all: the kernel sends input_request to the client that sent the shell request
    const dealer = (channel: ZmqChannel): Dealer => {
      const socket = new Dealer({ ...common, sendHighWaterMark: 0, routingId });
      socket.connect(endpoint.address(channel));
      void this.#read(socket, channel);
      return socket;
    };
    this.#key = endpoint.key;
    this.#dealers = { shell: dealer("shell"), control: dealer("control"), stdin: dealer("stdin") };
    this.#iopub = new Subscriber(common);
    this.#iopub.connect(endpoint.address("iopub"));
    this.#iopub.subscribe();
    void this.#read(this.#iopub, "iopub");
    this.#ask();
  }

  send(message: KernelMessage.IMessage): void {
    this.#write(message);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const socket of [this.#iopub, ...Object.values(this.#dealers)]) socket.close();
  }

  /** Tells the client that the kernel is dead: it rejects whatever waits for an answer, which a kernel's silence never would. */
  announceDeath(): void {
    const content = { execution_state: "dead" } as const;
    this.onmessage?.({ data: KernelMessage.createMessage({ channel: "iopub", msgType: "status", session: this.#kernelSession, content }) });
  }

  /** zeromq.js takes one send at a time on a socket. */
  #write(message: KernelMessage.IMessage): void {
    const dealer = this.#dealers[message.channel as DealerChannel];
    const previous = this.#sent.get(dealer) ?? Promise.resolve();
    const frames = encode(message, this.#key);
    // An error of a socket closed meanwhile needs no report: the client learns of it by announceDeath(), or has closed it itself.
    this.#sent.set(
      dealer,
      previous.then(() => dealer.send(frames)).catch(() => undefined),
    );
  }

  async #read(socket: Dealer | Subscriber, channel: ZmqChannel): Promise<void> {
    for await (const frames of socket) {
      const message = decode(frames, this.#key, channel);
      if (!message) continue;
      this.#kernelSession = message.header.session;
      if (!this.#isOpen) this.#wait(channel);
      else if (!("session" in message.parent_header) || message.parent_header.session !== this.#askerSession) this.#deliver(message);
    }
  }

  #deliver(message: KernelMessage.IMessage): void {
    try {
      this.onmessage?.({ data: message });
    } catch {
      // The client refuses a message that breaks the protocol; the next one may be fine.
    }
  }

  #wait(channel: ZmqChannel): void {
    if (channel === "iopub") this.#seen.iopub = true;
    else this.#seen.reply = true;
    if (this.#seen.iopub && this.#seen.reply) {
      this.#isOpen = true;
      clearTimeout(this.#timer);
      this.onopen?.({});
    } else if (channel === "shell") {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(), askAgainMs);
    }
  }

  #ask(): void {
    this.#write(
      KernelMessage.createMessage({ channel: "shell", msgType: "kernel_info_request", session: this.#askerSession, content: {} }),
    );
    this.#timer = setTimeout(() => this.#ask(), askAnewMs);
  }
}
