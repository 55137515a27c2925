/** @jupyterlab/services logs what it does through console.debug, which Node prints to stdout: out of place in a command's output. */

const noise = /^(Starting WebSocket: |Kernel: \w+ \()/;
let isQuiet = false;

/** Drops exactly its two messages, once and for the rest of the process; all others still go through. */
export function quietServices(): void {
  if (isQuiet) return;
  isQuiet = true;
  const debug = console.debug;
  console.debug = (...parts: unknown[]): void => {
    if (!noise.test(String(parts[0]))) debug(...parts);
  };
}
