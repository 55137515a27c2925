/** When this process ends, however it does short of SIGKILL, its kernels end with it. */

const doomed = new Set<() => void>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function reap(): void {
  for (const end of doomed) end();
  doomed.clear();
}

/** A signal without another handler would end this process without an "exit" event. Another handler decides by itself when to end. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  reap();
  for (const name of signals) process.off(name, onSignal);
  process.kill(process.pid, signal);
}

/** Runs `end`, which must be synchronous, at the end of this process. Returns the function that takes it back. */
export function reapAtExit(end: () => void): () => void {
  if (doomed.size === 0) {
    process.on("exit", reap);
    for (const signal of signals) process.on(signal, onSignal);
  }
  doomed.add(end);
  return () => {
    doomed.delete(end);
    if (doomed.size > 0) return;
    process.off("exit", reap);
    for (const signal of signals) process.off(signal, onSignal);
  };
}
