/** In words, how a kernel ended without having been asked to. */
import type { KernelDeath } from "../kernel/index.ts";

/** V8's last words, and those of other runtimes. */
const heapWords = /heap out of memory|Reached heap limit|MemoryError|std::bad_alloc|OutOfMemoryError/;

/** Lines of last words that are worth quoting. */
const quoted = 5;

/** One sentence, and the last words beneath it where there are any. */
export function describeDeath({ code, signal, lastWords }: KernelDeath): string {
  const words = lastWords.trim();
  const how = signal ? `was ended by ${signal}` : code === null ? "ended" : `ended with exit code ${code}`;
  const why = heapWords.test(words)
    ? ": out of memory"
    : killedForMemory(code, signal)
      ? ": killed, most likely because the machine ran out of memory"
      : "";
  const fatal = words.split("\n").find((line) => line.startsWith("FATAL ERROR:"));
  const quote = fatal ?? words.split("\n").slice(-quoted).join("\n");
  return `the kernel ${how}${why}${quote === "" ? "" : `; its last words:\n${quote}`}`;
}

/** The system's out-of-memory killer uses SIGKILL; a container reports it as 128 + 9. */
const killedForMemory = (code: number | null, signal: NodeJS.Signals | null): boolean => signal === "SIGKILL" || code === 137;
