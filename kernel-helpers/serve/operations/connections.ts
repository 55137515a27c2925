/** The connections of a server, so that it can end: those that nothing is asked over are closed, the others after their answer. */
import type { Server } from "node:http";
import type { Socket } from "node:net";

export class Connections {
  /** Requests under way, and what had been read when the last one was. */
  readonly #sockets = new Map<Socket, { requests: number; read: number }>();
  #isEnding = false;

  constructor(server: Server) {
    server.on("connection", (socket) => {
      this.#sockets.set(socket, { requests: 0, read: 0 });
      socket.once("close", () => this.#sockets.delete(socket));
      if (this.#isEnding) socket.setTimeout(1000, () => socket.destroy()); // it came in the last moment
    });
    server.prependListener("request", ({ socket }, response) => {
      const state = this.#sockets.get(socket);
      if (!state) return;
      state.requests++;
      response.once("close", () => {
        state.requests--;
        state.read = socket.bytesRead;
        if (this.#isEnding) this.#endIfIdle(socket);
      });
    });
  }

  /** Node's own closeIdleConnections leaves those open that nothing has ever come over. */
  end(): void {
    this.#isEnding = true;
    for (const socket of this.#sockets.keys()) this.#endIfIdle(socket);
  }

  #endIfIdle(socket: Socket): void {
    const state = this.#sockets.get(socket);
    if (state?.requests === 0 && state.read === socket.bytesRead) socket.destroySoon(); // else a request is coming
  }
}
