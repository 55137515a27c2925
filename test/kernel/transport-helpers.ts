/** What the transport, pool and server tests share: running code in a kernel, and asking whether a process lives. */
import { readFileSync } from "node:fs";
import type { KernelMessage } from "@jupyterlab/services";
import type { RunningKernel } from "../../src/dist/kernel/index.js";

export interface Ran {
  reply: KernelMessage.IExecuteReplyMsg["content"];
  stdout: string;
  results: unknown[];
}

export async function run(kernel: RunningKernel, code: string): Promise<Ran> {
  const stdout: string[] = [];
  const results: unknown[] = [];
  const future = kernel.connection.requestExecute({ code, stop_on_error: false });
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream" && (content as KernelMessage.IStreamMsg["content"]).name === "stdout") {
      stdout.push((content as KernelMessage.IStreamMsg["content"]).text);
    }
    if (header.msg_type === "execute_result") results.push((content as KernelMessage.IExecuteResultMsg["content"]).data["text/plain"]);
  };
  const { content: reply } = await future.done;
  return { reply, stdout: stdout.join(""), results };
}

/** Resolves with all that has come on stdout as soon as it matches. */
export function untilPrinted(future: ReturnType<RunningKernel["connection"]["requestExecute"]>, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    future.onIOPub = ({ header, content }) => {
      if (header.msg_type !== "stream") return;
      text += (content as KernelMessage.IStreamMsg["content"]).text;
      if (pattern.test(text)) resolve(text);
    };
  });
}

/** A zombie, which nobody has waited for yet, is dead. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

export async function untilDead(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}
