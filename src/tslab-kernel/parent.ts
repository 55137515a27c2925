/** No kernel outlives the process that started it, however that one ended. */
import { Socket } from "node:net";

/**
 * A program that spawns the kernel with CAIRN_PARENT_PIPE=1 passes it a pipe as file descriptor 3 and keeps the other end open; the kernel ends
 * when that end closes, at once, even in the middle of a cell. jupyter_client gives its process id as JPY_PARENT_PID instead.
 */
export function exitWithParent(): void {
  const die = (): void => void process.kill(process.pid, "SIGKILL");
  if (process.env["CAIRN_PARENT_PIPE"] === "1") {
    const pipe = new Socket({ fd: 3, readable: true, writable: false });
    pipe.on("error", die).on("close", die).resume();
  } else if (process.env["JPY_PARENT_PID"]) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && die(), 1000);
  }
}
