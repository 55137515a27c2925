/** What is running on the files that `cairn clean` removes. */
import { join } from "node:path";
import { processes } from "../runtime/processes.ts";
import { kernelFiles } from "../tslab-kernel/index.ts";
import { serverMark } from "./server.ts";

export interface User {
  pid: number;
  what: "a kernel" | "JupyterLab";
}

/**
 * Kernels of this checkout, however they were started, and the JupyterLab of its `cairn lab`.
 *
 * @param cache Where given, also whatever runs in the JupyterLab environment of this cache folder, which checkouts share.
 */
export function usersOfCheckout(cache?: string): User[] {
  const isKernel = (command: string): boolean => kernelFiles.some((file) => command.includes(`${file} `));
  const isLab = (command: string): boolean =>
    command.includes(serverMark) || (cache !== undefined && command.startsWith(join(cache, "lab", "venv-")));
  return processes().flatMap(({ pid, command }): User[] => {
    if (isKernel(command)) return [{ pid, what: "a kernel" }];
    return isLab(command) ? [{ pid, what: "JupyterLab" }] : [];
  });
}
