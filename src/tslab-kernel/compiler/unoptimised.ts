/**
 * Without V8's optimising compiler for a while. When a kernel starts, it would optimise hundreds of the TypeScript
 * compiler's functions that have done most of their work by then: a third of the start's processor time.
 */
import { setFlagsFromString } from "node:v8";

/** No function is longer than this many bytes of bytecode and optimised: V8's own limit, in Node 20 to 24. */
const usualLimit = 60 * 1024;

/** The flag is the process's: other threads run without the optimiser as well while `work` does. */
export function unoptimised<T>(work: () => T): T {
  setFlagsFromString("--max-optimized-bytecode-size=0");
  try {
    return work();
  } finally {
    setFlagsFromString(`--max-optimized-bytecode-size=${usualLimit}`);
  }
}
