/** A job's log as it is written. Ray sends it over a WebSocket. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { HelperError } from "../../errors.ts";
import { checkSignal } from "../../runtime/check.ts";
import type { Connection } from "./connection.ts";
import { refused, unreachable } from "./errors.ts";

export async function* tail(connection: Connection, route: string, signal: AbortSignal | undefined): AsyncGenerator<string, void> {
  checkSignal("signal", signal);
  signal?.throwIfAborted();
  const url = `${connection.address}${route}`;
  // Ray's dashboard passes an offer to compress on to the process behind it, but does not decompress what that sends: not a line would come.
  const socket = new WebSocket(url.replace(/^http/, "ws"), { headers: connection.headers, perMessageDeflate: false });
  const pieces: string[] = [];
  const wake = new EventTarget();
  const woken = (): void => void wake.dispatchEvent(new Event("wake"));
  let end: "open" | "closed" | HelperError = "open";
  const finish = (how: "closed" | HelperError): void => {
    if (end === "open") end = how;
    woken();
  };
  socket.on("message", (data: Buffer) => {
    pieces.push(data.toString("utf8"));
    woken();
  });
  // 1006: the connection was lost, with no word of its end.
  socket.on("close", (code) => finish(code === 1006 ? unreachable(url, new Error("the connection was lost")) : "closed"));
  socket.on("error", (error) => finish(unreachable(url, error)));
  socket.on("unexpected-response", (_request, response) => {
    response.setEncoding("utf8");
    let body = "";
    response.on("data", (text: string) => (body += text));
    response.on("end", () => finish(refused(url, response.statusCode ?? 0, body)));
  });
  signal?.addEventListener("abort", woken);
  try {
    for (;;) {
      signal?.throwIfAborted();
      if (pieces.length > 0) yield pieces.splice(0).join("");
      else if (end !== "open") break;
      else await once(wake, "wake");
    }
    if (end !== "closed") throw end as HelperError;
  } finally {
    signal?.removeEventListener("abort", woken);
    socket.terminate();
  }
}
