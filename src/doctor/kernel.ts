/** Whether a kernel starts, compiles and answers. */
import type { KernelMessage } from "@jupyterlab/services";
import { builtInKernelspec, startKernel } from "../kernel/index.ts";
import { type Check, failed, withFix } from "./check.ts";

const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`;

export async function kernel(): Promise<Check> {
  const name = "kernel";
  const begin = performance.now();
  try {
    const running = await startKernel(builtInKernelspec(), { cwd: process.cwd() });
    try {
      const started = seconds(begin);
      const future = running.connection.requestExecute({ code: "const answer: number = 6 * 7\nanswer" });
      let answer: unknown;
      future.onIOPub = ({ header, content }) => {
        if (header.msg_type === "execute_result") answer = (content as KernelMessage.IExecuteResultMsg["content"]).data["text/plain"];
      };
      const { content } = await future.done;
      if (content.status !== "ok" || answer !== "42") {
        return { name, state: "broken", found: `6 * 7 gives ${JSON.stringify(answer ?? content)}`, fix: "npm ci reinstalls it" };
      }
      return { name, state: "works", found: `starts in ${started}, the first cell answers after ${seconds(begin)}` };
    } finally {
      await running.close();
    }
  } catch (error) {
    return withFix(failed(name, "broken", error), "npm ci reinstalls and rebuilds it");
  }
}
